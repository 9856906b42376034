/*
 * Keeper: certificates for CAs below: intermediates whose key is elsewhere (SPIRE's, for one).
 * Security: whoever has one can issue any identity that it does not deny itself, operators too,
 * and this vault does not see it: who may ask is for policies to say.
 */
#include "vaultd/api/pki_ca.h"
#include "vaultd/api/pki_issue.h"

/* A CA below may not reach farther down than the one above (RFC 5280 §4.2.1.9). */
static int
hold_to_path(struct call *c, const struct pki_issuer *i, struct certificate *f)
{
	if (i->view.path_length == PATH_UNLIMITED)
		return 0;
	if (i->view.path_length == 0)
		return call_refuse(c, 400,
		    "signing certificate has a max path length of zero, and "
		    "cannot issue further CA certificates");
	if (f->path_length == PATH_UNLIMITED || f->path_length >= i->view.path_length)
		f->path_length = i->view.path_length - 1;
	return 0;
}

/* What is signed, by which CA; later as in struct pki_wish. */
struct order {
	struct csr *csr;
	struct pki_issuer issuer;
	struct ca_key *key;
	struct work **later;
};

static int
make(struct call *c, struct order *o, struct str *der, struct error *err)
{
	const struct pki_issuer *issuer = &o->issuer;
	const struct csr *csr = o->csr;
	struct pki_wish w = {
		.issuer = issuer, .key = &o->key, .keep = true, .later = o->later
	};
	struct pki_sources from = { .csr = csr };
	struct buf subject = BUF_INIT;
	struct pki_validity validity;
	struct issue_names names;
	struct subject parts;
	bool verbatim = false;
	int rc = -1;

	if (field_bool(c, "use_csr_values", &verbatim, NULL) != 0)
		return -1;
	from.csr_common_name = from.csr_names = verbatim;
	from.needs_common_name = !verbatim;
	if (pki_ca_names(c, &from, &names, &parts, err) != 0 ||
	    pki_ca_manner(c, &w.manner) != 0 || pki_ca_constraints(c, &w.form) != 0 ||
	    hold_to_path(c, issuer, &w.form) != 0 ||
	    pki_validity_read(c, NULL, issuer, true, &validity) != 0 ||
	    pki_urls(c, issuer, &w.form, err) != 0)
		return -1;
	subject_put(&parts, &subject);
	w.form.subject = verbatim ? csr->subject : buf_str(&subject);
	w.form.spki = csr->spki;
	w.form.names = names.names;
	w.form.not_before = validity.not_before;
	w.form.not_after = validity.not_after;
	rc = pki_make(c, &w, der, err);
	buf_free(&subject);
	return rc;
}

/* root/sign-intermediate, and below issuer/:ref. */
static int
serve_intermediate(struct call *c, struct work **later, struct error *err)
{
	bool by_path = str_starts(c->rest, "issuer/");
	struct str reference = by_path ? c->parameter[0] : str_of("default");
	struct str der = { NULL, 0 };
	struct order o = { .later = later };
	struct pki_format format;
	int rc = -1;

	if (pki_format_read(c, &format) == 0 && pki_csr_read(c, &o.csr) == 0 &&
	    pki_open_issuer(c, reference, "issuing-certificates", &o.issuer, &o.key, err) == 0)
		rc = later != NULL && !ca_key_is_slow(o.key) ? 0 : make(c, &o, &der, err);
	if (rc == 0 && later == NULL)
		rc = pki_answer(c, &format, &o.issuer, der, NULL, NULL, err);
	csr_free(&o.csr);
	ca_key_free(&o.key);
	return rc;
}

int
prepare_pki_sign_intermediate(struct call *c, struct work **w, struct error *err)
{
	int rc = serve_intermediate(c, w, err);

	/* What was warned of will be again, when the request begins anew. */
	buf_clear(&c->reply.warnings);
	return rc < 0 ? -1 : 0;
}

int
api_pki_sign_intermediate(struct call *c, struct error *err)
{
	return serve_intermediate(c, NULL, err);
}
