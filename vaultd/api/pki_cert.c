/*
 * Keeper: certificates that were issued, as records.
 */
#include "vaultd/api/pki_cert.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/pem.h"
#include "policy/certificate.h"

#define FORMAT 1
#define SHARD_TEXT 4 /* "0a/" */

/* ---- records ---- */

struct str
pki_shard(struct call *c, unsigned shard)
{
	char text[SHARD_TEXT];

	snprintf(text, sizeof(text), "%02x/", shard & 0xff);
	return arena_copy(c->arena, str_of(text));
}

struct str
pki_serial(struct call *c, struct str text)
{
	struct str octets = { NULL, 0 };
	struct buf b = BUF_INIT;

	if (serial_parse(text, &b))
		octets = arena_copy(c->arena, buf_str(&b));
	buf_free(&b);
	return octets;
}

struct record_name
pki_cert_name(struct call *c, enum record_kind kind, struct str octets)
{
	struct buf text = BUF_INIT;
	struct record_name n = { kind, c->mount->uuid, { "", 0 }, { "", 0 } };

	serial_format(octets, &text);
	n.directory = pki_shard(c, octets.len > 0 ? (uint8_t)octets.at[0] : 0);
	n.name = pki_keep(c, &text);
	return n;
}

int
pki_cert_keep(struct call *c, struct str der, struct str issuer, struct str issuer_spki,
    struct error *err)
{
	struct certificate_view v;
	uint8_t mark[REVOKED_MARK];
	struct record_name n;
	struct buf text = BUF_INIT;

	if (certificate_read(der, &v, err) != 0)
		return -1;
	n = pki_cert_name(c, RECORD_PKI_CERT, v.serial);
	if (n.name.at == NULL || n.directory.at == NULL)
		return -1;
	revoked_mark(issuer_spki, v.serial, mark);
	buf_put_u8(&text, FORMAT);
	buf_put_block(&text, der.at, der.len);
	buf_put_block(&text, issuer.at, issuer.len);
	buf_put(&text, mark, sizeof(mark));
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	return 0;
}

static int
parse(struct str text, struct pki_cert *cert, struct error *err)
{
	struct reader in = reader_of(text.at, text.len);
	const uint8_t *mark;

	if (reader_u8(&in) != FORMAT)
		return error_set(err, ERR_UNSUPPORTED,
		    "a certificate's record is of a format not known here");
	cert->der = reader_block(&in);
	cert->issuer = reader_block(&in);
	mark = reader_bytes(&in, sizeof(cert->mark));
	if (!reader_done(&in))
		return error_set(err, ERR_CORRUPT, "a certificate's record is malformed");
	memcpy(cert->mark, mark, sizeof(cert->mark));
	return 0;
}

int
pki_cert_find(struct call *c, struct str serial, struct pki_cert *found, struct error *err)
{
	struct str text, octets = pki_serial(c, serial);
	struct record_name n;
	int rc;

	if (octets.at == NULL)
		return 1;
	n = pki_cert_name(c, RECORD_PKI_CERT, octets);
	if (n.name.at == NULL || n.directory.at == NULL)
		return -1;
	rc = pki_record(c, &n, &text, err);
	return rc != 0 ? rc : parse(text, found, err);
}

/* ---- lists ---- */

struct listing {
	struct json_writer w;
	int64_t left; /* names that may still come */
};

static bool
put_name(void *arg, struct str name)
{
	struct listing *l = arg;

	json_put_str(&l->w, NULL, name);
	return --l->left > 0;
}

static int
list(struct call *c, enum record_kind kind, struct error *err)
{
	struct str after = { "", 0 };
	struct listing l = { .left = INT64_MAX };
	int64_t limit = 0;
	bool some = false;

	if (field_text(c, "after", &after, NULL) != 0 ||
	    field_int(c, "limit", &limit, NULL) != 0)
		return -1;
	if (limit > 0)
		l.left = limit;
	l.w = reply_data(c);
	json_open_array(&l.w, "keys");
	for (unsigned shard = 0; shard < PKI_SHARDS && l.left > 0; shard++) {
		struct str directory = pki_shard(c, shard);

		/* A directory before the one that `after` lies in has nothing behind it. */
		if (after.len >= 2 && str_compare((struct str){ directory.at, 2 },
					  (struct str){ after.at, 2 }) < 0)
			continue;
		if (records_list(c->records, kind, c->mount->uuid, directory, after,
			l.left == INT64_MAX ? 0 : (size_t)l.left, put_name, &l, err) != 0)
			return -1;
	}
	some = c->reply.data.data[c->reply.data.len - 1] != '[';
	json_close_array(&l.w);
	json_close_object(&l.w);
	return some ? 0 : call_not_found(c);
}

int
api_pki_certs(struct call *c, struct error *err)
{
	return list(c, RECORD_PKI_CERT, err);
}

int
api_pki_certs_revoked(struct call *c, struct error *err)
{
	return list(c, RECORD_PKI_REVOKED, err);
}

/* ---- one ---- */

static int
answer(struct call *c, struct str der, struct error *err)
{
	struct pki_revoked r = { .since = 0 };
	struct certificate_view v;
	struct json_writer w;
	int rc;

	if (certificate_read(der, &v, err) != 0)
		return -1;
	rc = pki_revoked_find(c, v.serial, &r, err);
	if (rc < 0)
		return -1;
	w = reply_data(c);
	pki_put_pem(&w, "certificate", der);
	if (rc == 0)
		json_put_str(&w, "issuer_id", r.issuer);
	pki_put_revocation(&w, r.since);
	json_close_object(&w);
	return 0;
}

int
api_pki_cert_read(struct call *c, struct error *err)
{
	struct pki_cert cert;
	int rc = pki_cert_find(c, c->parameter[0], &cert, err);

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	return answer(c, cert.der, err);
}

/* cert/:serial/raw and cert/:serial/raw/pem; of "ca" the default issuer's. */
int
api_pki_cert_raw(struct call *c, struct error *err)
{
	struct pki_cert cert;
	struct pki_issuer i;
	struct str der;
	int rc;

	if (str_is(c->parameter[0], "ca")) {
		if (pki_issuer_find(c, str_of("default"), &i, err) != 0)
			return -1;
		der = i.der;
	} else {
		rc = pki_cert_find(c, c->parameter[0], &cert, err);
		if (rc != 0)
			return rc < 0 ? -1 : call_not_found(c);
		der = cert.der;
	}
	if (!str_ends(c->rest, "/pem"))
		return pki_answer_raw(c, "application/pkix-cert", der);
	pem_put("CERTIFICATE", der, &c->reply.data);
	return pki_answer_raw(c, "application/pem-certificate-chain", buf_str(&c->reply.data));
}

/* cert/ca and cert/ca_chain */
int
api_pki_cert_ca(struct call *c, struct error *err)
{
	struct pki_issuer i;
	struct str_list chain;
	struct buf pem = BUF_INIT;
	struct json_writer w;

	if (pki_issuer_find(c, str_of("default"), &i, err) != 0)
		return -1;
	if (!str_ends(c->rest, "_chain"))
		return answer(c, i.der, err);
	if (pki_chain(c, &i, &chain, err) != 0)
		return -1;
	for (unsigned n = 0; n < chain.count; n++) {
		pem_put("CERTIFICATE", chain.at[n], &pem);
		if (n + 1 < chain.count)
			buf_put_u8(&pem, '\n');
	}
	w = reply_data(c);
	json_put_str(&w, "ca_chain", buf_str(&pem));
	json_put_str(&w, "certificate", buf_str(&pem));
	pki_put_revocation(&w, 0);
	json_close_object(&w);
	buf_free(&pem);
	return 0;
}
