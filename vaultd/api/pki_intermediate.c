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

static int
make_intermediate(struct call *c, const struct csr *csr, const struct pki_issuer *issuer,
    const struct ca_key *key, struct str *der, struct error *err)
{
	struct pki_wish w = { .issuer = issuer, .key = key, .keep = true };
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
int
api_pki_sign_intermediate(struct call *c, struct error *err)
{
	bool by_path = str_starts(c->rest, "issuer/");
	struct str reference = by_path ? c->parameter[0] : str_of("default"), der;
	struct pki_issuer issuer;
	struct pki_format format;
	struct ca_key *key = NULL;
	struct csr *csr = NULL;
	int rc = -1;

	if (pki_format_read(c, &format) != 0 || pki_csr_read(c, &csr) != 0 ||
	    pki_open_issuer(c, reference, "issuing-certificates", &issuer, &key, err) != 0)
		goto out;
	rc = make_intermediate(c, csr, &issuer, key, &der, err);
	if (rc == 0)
		rc = pki_answer(c, &format, &issuer, der, NULL, NULL, err);
out:
	csr_free(&csr);
	ca_key_free(&key);
	return rc;
}
