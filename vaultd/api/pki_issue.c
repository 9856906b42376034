/*
 * Keeper: certificates for leaves: with a key made here (issue), for a request made elsewhere
 * (sign), and as that request has it (sign-verbatim).
 */
#include "vaultd/api/pki_issue.h"

#include <string.h>

#include "policy/public_key.h"
#include "policy/usage.h"
#include "vaultd/api/pki_order.h"
#include "vaultd/api/pki_role.h"

/* All that is asked for, once it has been read and allowed. */
struct order {
	struct pki_role role;
	struct pki_format format;
	struct csr *csr; /* NULL: the key is made here */
	struct pki_issuer issuer;
	struct ca_key *key;
	struct issue_names names;
	struct subject subject;
	struct pki_validity validity;
	struct work **later; /* NULL: do it; else see whether a worker must come first */
};

static void
clear(struct order *o)
{
	csr_free(&o->csr);
	ca_key_free(&o->key);
}

/* ---- reading it ---- */

/* A request's key is of the role's type, and no shorter than the role says. */
static int
check_key(struct call *c, const struct order *o)
{
	struct str type = settings_text(o->role.settings, "key_type");
	int64_t bits = settings_number(o->role.settings, "key_bits");

	if (str_is(type, "any"))
		return 0;
	if (!str_is(type, o->csr->key_type))
		return call_refuse(c, 400, "role requires keys of type %.*s", STR(type));
	if (o->csr->key_bits < bits)
		return call_refuse(c, 400,
		    "role requires a minimum of a %lld-bit key, but CSR's key is "
		    "%u bits",
		    (long long)bits, o->csr->key_bits);
	return 0;
}

/* The reference that the path has, else the role's. */
static struct str
issuer_of(const struct call *c, const struct order *o, bool by_path)
{
	return by_path ? c->parameter[0] : settings_text(o->role.settings, "issuer_ref");
}

static int
read_role(struct call *c, struct str name, struct order *o, struct error *err)
{
	const struct json *role;
	int rc = pki_role_read(c, name, &role, err);

	if (rc != 0)
		return rc < 0 ? -1 : call_refuse(c, 400, "unknown role: %.*s", STR(name));
	return pki_role_load(c, role, &o->role, err);
}

static int
read_names(struct call *c, struct order *o, struct error *err)
{
	const struct json *role = o->role.settings;
	struct pki_sources from = { .csr = o->csr,
		.csr_common_name = settings_truth(role, "use_csr_common_name"),
		.csr_names = settings_truth(role, "use_csr_sans"),
		.needs_common_name = settings_truth(role, "require_cn") };

	if (pki_names_read(c, &from, &o->names, err) != 0 ||
	    issue_rules_check(&o->role.rules, &o->names, err) != 0)
		return -1;
	o->subject = o->role.subject;
	o->subject.common_name = o->names.common_name;
	o->subject.serial_number = o->names.serial_number;
	o->subject.user_ids = o->names.user_ids;
	return 0;
}

/* issue/:role and sign/:role, below issuer/:ref too. */
static int
read_order(struct call *c, bool with_csr, struct order *o, struct error *err)
{
	bool by_path = str_starts(c->rest, "issuer/");

	memset(o, 0, sizeof(*o));
	if (read_role(c, c->parameter[by_path ? 1 : 0], o, err) != 0 ||
	    pki_format_read(c, &o->format) != 0)
		return -1;
	if (with_csr && (pki_csr_read(c, &o->csr) != 0 || check_key(c, o) != 0))
		return -1;
	if (!with_csr && str_is(settings_text(o->role.settings, "key_type"), "any"))
		return call_refuse(c, 400,
		    "role key type \"any\" not allowed for issuing certificates, "
		    "only signing");
	if (read_names(c, o, err) != 0)
		return -1;
	if (pki_open_issuer(c, issuer_of(c, o, by_path), "issuing-certificates", &o->issuer,
		&o->key, err) != 0)
		return -1;
	return pki_validity_read(c, o->role.settings, &o->issuer, false, &o->validity);
}

/* ---- making it ---- */

static int
make(struct call *c, struct order *o, struct str spki, struct str subject, struct str *der,
    struct error *err)
{
	const struct json *role = o->role.settings;
	struct pki_wish w = { .issuer = &o->issuer,
		.key = &o->key,
		.later = o->later,
		.manner = { (unsigned)settings_number(role, "signature_bits"),
		    settings_truth(role, "use_pss") },
		.keep = !settings_truth(role, "no_store") };
	struct certificate *f = &w.form;

	f->subject = subject;
	f->spki = spki;
	f->not_before = o->validity.not_before;
	f->not_after = o->validity.not_after;
	f->names = o->names.names;
	f->usage = o->role.usage;
	f->purposes = o->role.purposes;
	f->says_leaf = settings_truth(role, "basic_constraints_valid_for_non_ca");
	if (pki_oids(c, o->role.purpose_oids, &f->more_purposes) != 0 ||
	    pki_oids(c, o->role.policy_oids, &f->policies) != 0 ||
	    pki_urls(c, &o->issuer, f, err) != 0)
		return -1;
	return pki_make(c, &w, der, err);
}

static struct str
subject_of(struct call *c, const struct order *o)
{
	struct buf subject = BUF_INIT;

	subject_put(&o->subject, &subject);
	return pki_keep(c, &subject);
}

/* The key that the role says, in the form that the request says. */
static int
wish_key(struct call *c, const struct order *o, struct pki_key_wish *wish)
{
	struct str type = arena_copy(c->arena, settings_text(o->role.settings, "key_type"));

	*wish = (struct pki_key_wish){ .type = type.at,
		.form = o->format.key_form,
		.bits = (unsigned)settings_number(o->role.settings, "key_bits") };
	return type.at != NULL ? 0 : call_refuse(c, 413, "http: request body too large");
}

/* 1: a worker must come first, to make an RSA key or to sign with one. */
static int
issue(struct call *c, struct order *o, struct error *err)
{
	struct str subject = subject_of(c, o), der;
	struct pki_key_wish wish;
	struct leaf_key leaf;
	int rc;

	if (subject.at == NULL || wish_key(c, o, &wish) != 0)
		return -1;
	if (o->later != NULL && (*o->later = pki_work_new(&wish)) != NULL)
		return 1;
	if (o->later != NULL && !ca_key_is_slow(o->key))
		return 0;
	if (pki_take_leaf(c, &wish, &leaf, err) != 0)
		return -1;
	rc = make(c, o, buf_str(&leaf.spki), subject, &der, err);
	if (rc == 1)
		pki_sign_put_leaf(*o->later, &wish, &leaf);
	else if (rc == 0 && o->later == NULL)
		rc = pki_answer(c, &o->format, &o->issuer, der, &leaf, wish.type, err);
	leaf_key_clear(&leaf);
	return rc;
}

static int
sign(struct call *c, struct order *o, struct error *err)
{
	struct str subject = subject_of(c, o), der;
	int rc;

	if (o->later != NULL && !ca_key_is_slow(o->key))
		return 0;
	rc = subject.at == NULL ? -1 : make(c, o, o->csr->spki, subject, &der, err);
	if (rc != 0 || o->later != NULL)
		return rc;
	return pki_answer(c, &o->format, &o->issuer, der, NULL, NULL, err);
}

static int
serve_issue(struct call *c, struct work **later, struct error *err)
{
	struct order o;
	int rc = read_order(c, false, &o, err);

	o.later = later;
	if (rc == 0)
		rc = issue(c, &o, err);
	clear(&o);
	return rc;
}

static int
serve_sign(struct call *c, struct work **later, struct error *err)
{
	struct order o;
	int rc = read_order(c, true, &o, err);

	o.later = later;
	if (rc == 0)
		rc = sign(c, &o, err);
	clear(&o);
	return rc;
}

/* ---- the API ---- */

/* Everything is checked before a worker is asked; what was warned of will be again. */
static int
rehearsed(struct call *c, int rc)
{
	buf_clear(&c->reply.warnings);
	return rc < 0 ? -1 : 0;
}

int
prepare_pki_issue(struct call *c, struct work **w, struct error *err)
{
	return rehearsed(c, serve_issue(c, w, err));
}

int
api_pki_issue(struct call *c, struct error *err)
{
	return serve_issue(c, NULL, err);
}

int
prepare_pki_sign(struct call *c, struct work **w, struct error *err)
{
	return rehearsed(c, serve_sign(c, w, err));
}

int
api_pki_sign(struct call *c, struct error *err)
{
	return serve_sign(c, NULL, err);
}

/* ---- verbatim ---- */

/* The settings of a role that allows anything, under those of the one that is named, if any. */
static int
read_verbatim_role(struct call *c, struct str name, struct order *o, struct error *err)
{
	const struct json *role = NULL;

	if (name.len > 0) {
		int rc = pki_role_read(c, name, &role, err);

		if (rc != 0)
			return rc < 0 ? -1
				      : call_refuse(c, 400, "unknown role: %.*s", STR(name));
	}
	o->role.settings = role;
	return 0;
}

/* Usages are the request's own; what it does not have are the fields'. */
static int
read_verbatim_usage(struct call *c, const struct csr *csr, struct certificate *f)
{
	static const struct str usual[] = { { "DigitalSignature", 16 }, { "KeyAgreement", 12 },
		{ "KeyEncipherment", 15 } };
	struct str *names;
	unsigned count;
	bool sent;

	if (field_list(c, "key_usage", &names, &count, &sent) != 0)
		return -1;
	f->usage = csr->usage != 0 ? csr->usage
		   : sent          ? usage_bits((struct str_list){ names, count })
				   : usage_bits((struct str_list){ usual, 3 });
	f->usage &= ~(unsigned)(USAGE_CERT_SIGN | USAGE_CRL_SIGN);
	if (csr->extended_usage.at != NULL)
		return pki_purposes_of(c, csr->extended_usage, &f->more_purposes);
	if (field_list(c, "ext_key_usage", &names, &count, NULL) != 0)
		return -1;
	f->purposes = usage_purposes((struct str_list){ names, count });
	if (field_list(c, "ext_key_usage_oids", &names, &count, NULL) != 0)
		return -1;
	return pki_oids(c, (struct str_list){ names, count }, &f->more_purposes);
}

static int
make_verbatim(struct call *c, struct order *o, struct error *err)
{
	struct pki_wish w = { .issuer = &o->issuer,
		.key = &o->key,
		.later = o->later,
		.keep = !settings_truth(o->role.settings, "no_store") };
	int64_t bits = 0;
	struct str der;
	int rc;

	if (field_int(c, "signature_bits", &bits, NULL) != 0 ||
	    field_bool(c, "use_pss", &w.manner.pss, NULL) != 0)
		return -1;
	if (o->later != NULL && !ca_key_is_slow(o->key))
		return 0;
	w.manner.hash_bits = (unsigned)bits;
	w.form = (struct certificate){ .subject = o->csr->subject,
		.spki = o->csr->spki,
		.not_before = o->validity.not_before,
		.not_after = o->validity.not_after,
		.names = &o->csr->names,
		.extensions = buf_str(&o->csr->others) };
	if (read_verbatim_usage(c, o->csr, &w.form) != 0 ||
	    pki_urls(c, &o->issuer, &w.form, err) != 0)
		return -1;
	rc = pki_make(c, &w, &der, err);
	if (rc != 0 || o->later != NULL)
		return rc;
	return pki_answer(c, &o->format, &o->issuer, der, NULL, NULL, err);
}

/* sign-verbatim, with /:role behind or not, below issuer/:ref too. */
static int
serve_verbatim(struct call *c, struct work **later, struct error *err)
{
	bool by_path = str_starts(c->rest, "issuer/");
	struct str reference = str_of("default");
	struct order o;
	int rc = -1;

	memset(&o, 0, sizeof(o));
	o.later = later;
	if (read_verbatim_role(c, c->parameter[by_path ? 1 : 0], &o, err) == 0) {
		if (by_path)
			reference = c->parameter[0];
		else if (o.role.settings != NULL)
			reference = settings_text(o.role.settings, "issuer_ref");
		if (pki_format_read(c, &o.format) == 0 && pki_csr_read(c, &o.csr) == 0 &&
		    pki_open_issuer(
			c, reference, "issuing-certificates", &o.issuer, &o.key, err) == 0 &&
		    pki_validity_read(c, o.role.settings, &o.issuer, false, &o.validity) == 0)
			rc = make_verbatim(c, &o, err);
	}
	clear(&o);
	return rc;
}

int
prepare_pki_sign_verbatim(struct call *c, struct work **w, struct error *err)
{
	return rehearsed(c, serve_verbatim(c, w, err));
}

int
api_pki_sign_verbatim(struct call *c, struct error *err)
{
	return serve_verbatim(c, NULL, err);
}
