/*
 * Keeper: CAs of a PKI mount come to be: roots, and requests for intermediates.
 * Security: a CA's key is made here and stays here: `exported` is refused, with the reason.
 */
#include <string.h>

#include "base/pem.h"
#include "base/text.h"
#include "policy/public_key.h"
#include "policy/usage.h"
#include "vaultd/api/pki_ca.h"
#include "vaultd/api/pki_issue.h"
#include "vaultd/api/pki_order.h"

#define CA_USAGE (USAGE_CERT_SIGN | USAGE_CRL_SIGN)

/* ---- keys ---- */

/* Of which kind a new key is, and what it is called. */
struct wish {
	bool existing;
	struct str reference; /* of an existing one */
	struct pki_key_wish key;
	struct str name;
};

static int
read_source(struct call *c, struct str from, struct wish *w)
{
	static const char *const known[] = { "internal", "existing", "exported", "kms" };
	size_t i = 0;

	while (i < sizeof(known) / sizeof(*known) && !str_is(from, known[i]))
		i++;
	if (i == sizeof(known) / sizeof(*known))
		return call_refuse(c, 400,
		    "the \"exported\" path parameter must be \"internal\", "
		    "\"existing\", exported\" or \"kms\"");
	if (str_is(from, "exported"))
		return call_refuse(c, 400,
		    "the private key of a CA stays inside: use \"internal\"; an "
		    "exported one could sign any identity of this Hublet, unseen");
	if (str_is(from, "kms"))
		return call_refuse(c, 400, "keys in a KMS are not supported: use \"internal\"");
	w->existing = str_is(from, "existing");
	return 0;
}

static int
read_wish(struct call *c, struct str from, struct wish *w)
{
	struct str type = str_of("rsa");
	struct error why = ERROR_INIT;
	int64_t bits = 0;

	memset(w, 0, sizeof(*w));
	if (read_source(c, from, w) != 0 || field_text(c, "key_type", &type, NULL) != 0 ||
	    field_int(c, "key_bits", &bits, NULL) != 0 ||
	    field_text(c, "key_name", &w->name, NULL) != 0 ||
	    field_text(c, "key_ref", &w->reference, NULL) != 0)
		return -1;
	if (public_key_wish(type, &bits, &why) != 0)
		return call_refuse(c, 400, "%s", why.text);
	w->key = (struct pki_key_wish){ .bits = (unsigned)bits,
		.of_ca = true,
		.type = str_is(type, "rsa")  ? "rsa"
			: str_is(type, "ec") ? "ec"
					     : "ed25519" };
	return 0;
}

/* The key that is wished for, kept.  -1: refused, or err. */
static int
obtain(struct call *c, const struct wish *w, struct pki_key *k, struct ca_key **key,
    struct error *err)
{
	if (w->existing) {
		if (pki_key_find(c, w->reference, k, err) != 0)
			return -1;
		*key = pki_key_open(c, k, err);
		return *key != NULL ? 0 : -1;
	}
	*key = pki_take_ca(c, &w->key, err);
	return *key != NULL && pki_key_add(c, *key, w->name, k, err) == 0 ? 0 : -1;
}

static int
prepare(struct call *c, struct work **w, struct error *err)
{
	struct wish wish;

	(void)err;
	if (read_wish(c, c->parameter[0], &wish) != 0)
		return -1;
	if (!wish.existing)
		*w = pki_work_new(&wish.key);
	return 0;
}

/* ---- names and manner that all CAs are asked for by ---- */

int
pki_ca_names(struct call *c, const struct pki_sources *from, struct issue_names *n,
    struct subject *s, struct error *err)
{
	struct str_list users;

	memset(s, 0, sizeof(*s));
	if (pki_names_read(c, from, n, err) != 0 || pki_subject_read(c, s) != 0)
		return -1;
	users = n->user_ids;
	s->common_name = n->common_name;
	s->serial_number = n->serial_number;
	s->user_ids = users;
	return 0;
}

int
pki_ca_manner(struct call *c, struct ca_key_manner *m)
{
	int64_t bits = 0;

	if (field_int(c, "signature_bits", &bits, NULL) != 0 ||
	    field_bool(c, "use_pss", &m->pss, NULL) != 0)
		return -1;
	if (bits != 0 && bits != 256 && bits != 384 && bits != 512)
		return call_refuse(
		    c, 400, "unsupported hash signature algorithm: %lld", (long long)bits);
	m->hash_bits = (unsigned)bits;
	return 0;
}

int
pki_ca_constraints(struct call *c, struct certificate *f)
{
	struct str *names;
	unsigned count;
	int64_t path = PATH_UNLIMITED;

	if (field_int(c, "max_path_length", &path, NULL) != 0 ||
	    field_list(c, "permitted_dns_domains", &names, &count, NULL) != 0)
		return -1;
	if (path < PATH_UNLIMITED || path > 255)
		return call_refuse(c, 400, "max_path_length is 0 to 255, or -1 for no limit");
	f->is_ca = true;
	f->usage = CA_USAGE;
	f->path_length = path;
	f->permitted_dns = (struct str_list){ names, count };
	return 0;
}

/* ---- a root ---- */

static int
answer_root(
    struct call *c, enum pki_shape shape, const struct pki_issuer *i, const struct pki_key *k)
{
	struct json_writer w = reply_data(c);

	pki_put_certificate(&w, "certificate", shape, i->der);
	json_put_int(&w, "expiration", i->view.not_after);
	json_put_str(&w, "issuer_id", i->id);
	json_put_str(&w, "issuer_name", i->name);
	pki_put_certificate(&w, "issuing_ca", shape, i->der);
	json_put_str(&w, "key_id", k->id);
	json_put_str(&w, "key_name", k->name);
	pki_put_serial(&w, "serial_number", i->view.serial);
	json_close_object(&w);
	return 0;
}

/* What a root is to hold, all but its key. */
struct root {
	struct wish wish;
	struct pki_format format;
	struct str issuer_name;
	struct subject subject;
	struct issue_names names;
	struct pki_validity validity;
	struct pki_wish make;
};

static int
read_root(struct call *c, struct root *r, struct error *err)
{
	const struct pki_sources from = { .needs_common_name = true };
	struct pki_issuer i;

	memset(r, 0, sizeof(*r));
	if (read_wish(c, c->parameter[0], &r->wish) != 0 ||
	    pki_format_read(c, &r->format) != 0 ||
	    pki_ca_names(c, &from, &r->names, &r->subject, err) != 0 ||
	    pki_validity_read(c, NULL, NULL, false, &r->validity) != 0 ||
	    pki_ca_manner(c, &r->make.manner) != 0 ||
	    pki_ca_constraints(c, &r->make.form) != 0 ||
	    field_text(c, "issuer_name", &r->issuer_name, NULL) != 0)
		return -1;
	if (r->issuer_name.len == 0 && str_starts(c->rest, "root/rotate/") &&
	    pki_issuer_seek(c, str_of("next"), &i, err) == 1)
		r->issuer_name = str_of("next");
	r->make.keep = true;
	r->make.form.not_before = r->validity.not_before;
	r->make.form.not_after = r->validity.not_after;
	r->make.form.names = r->names.names;
	return 0;
}

int
prepare_pki_root(struct call *c, struct work **w, struct error *err)
{
	struct root r;

	if (read_root(c, &r, err) != 0)
		return -1;
	buf_clear(&c->reply.warnings);
	return prepare(c, w, err);
}

int
api_pki_root_generate(struct call *c, struct error *err)
{
	struct root r;
	struct buf subject = BUF_INIT;
	struct ca_key *key = NULL;
	struct pki_issuer i;
	struct pki_key k;
	struct str der;
	bool fresh;
	int rc = -1;

	if (read_root(c, &r, err) != 0 || obtain(c, &r.wish, &k, &key, err) != 0)
		goto out;
	subject_put(&r.subject, &subject);
	r.make.form.subject = buf_str(&subject);
	r.make.form.spki = k.spki;
	r.make.key = &key;
	if (pki_make(c, &r.make, &der, err) != 0 ||
	    pki_issuer_add(c, der, r.issuer_name, &i, &fresh, err) != 0)
		goto out;
	rc = answer_root(c, r.format.shape, &i, &k);
out:
	ca_key_free(&key);
	buf_free(&subject);
	return rc;
}

/* ---- a request for an intermediate ---- */

int
prepare_pki_intermediate(struct call *c, struct work **w, struct error *err)
{
	return prepare(c, w, err);
}

static void
put_request(const struct ca_key *key, struct ca_key_manner manner, const struct subject *s,
    const struct issue_names *n, struct str spki, struct buf *out)
{
	struct buf subject = BUF_INIT, info = BUF_INIT, algorithm = BUF_INIT,
		   signature = BUF_INIT;

	subject_put(s, &subject);
	request_put(buf_str(&subject), spki, n->names, &info);
	ca_key_put_algorithm(key, manner, &algorithm);
	ca_key_sign(key, manner, buf_str(&info), &signature);
	signed_put(buf_str(&info), buf_str(&algorithm), buf_str(&signature), out);
	buf_free(&subject);
	buf_free(&info);
	buf_free(&algorithm);
	buf_free(&signature);
}

static void
answer_request(struct call *c, enum pki_shape shape, struct str der, const struct pki_key *k)
{
	struct json_writer w = reply_data(c);
	struct buf text = BUF_INIT;

	if (shape == PKI_DER)
		base64_encode(&text, BASE64_STD, der.at, der.len);
	else
		pem_put("CERTIFICATE REQUEST", der, &text);
	json_put_str(&w, "csr", buf_str(&text));
	json_put_str(&w, "key_id", k->id);
	json_close_object(&w);
	buf_free(&text);
}

int
api_pki_intermediate_generate(struct call *c, struct error *err)
{
	const struct pki_sources from = { .needs_common_name = true };
	struct ca_key_manner manner = { 0, false };
	struct pki_format format;
	struct issue_names names;
	struct subject subject;
	struct buf der = BUF_INIT;
	struct ca_key *key = NULL;
	struct pki_key k;
	struct wish wish;
	int rc = -1;

	if (read_wish(c, c->parameter[0], &wish) != 0 || pki_format_read(c, &format) != 0 ||
	    pki_ca_names(c, &from, &names, &subject, err) != 0 ||
	    pki_ca_manner(c, &manner) != 0 || obtain(c, &wish, &k, &key, err) != 0)
		goto out;
	put_request(key, manner, &subject, &names, k.spki, &der);
	answer_request(c, format.shape, buf_str(&der), &k);
	rc = 0;
out:
	ca_key_free(&key);
	buf_free(&der);
	return rc;
}

/* ---- a key alone ---- */

int
prepare_pki_key(struct call *c, struct work **w, struct error *err)
{
	return prepare(c, w, err);
}

int
api_pki_key_generate(struct call *c, struct error *err)
{
	struct ca_key *key = NULL;
	struct json_writer w;
	struct pki_key k;
	struct wish wish;
	int rc = -1;

	if (read_wish(c, c->parameter[0], &wish) != 0)
		return -1;
	if (wish.existing)
		return call_refuse(c, 400, "a key that exists is not generated");
	if (obtain(c, &wish, &k, &key, err) == 0) {
		w = reply_data(c);
		json_put_str(&w, "key_id", k.id);
		json_put_str(&w, "key_name", k.name);
		json_put_str(&w, "key_type", k.type);
		json_close_object(&w);
		rc = 0;
	}
	ca_key_free(&key);
	return rc;
}
