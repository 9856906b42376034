/*
 * Keeper: the one place where a certificate of a PKI mount comes to be.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "policy/attest.h"
#include "policy/der_write.h"
#include "policy/identity.h"
#include "policy/subject.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/pki_order.h"
#include "vaultd/api/pki_settings.h"
#include "vaultd/config.h"

/* ---- SPIFFE IDs ---- */

static bool
claims_spiffe(struct str uri)
{
	return uri.len >= 7 && strncasecmp(uri.at, "spiffe:", 7) == 0;
}

/* An issuer has the trust domain alone (SPIFFE X.509-SVID, 3.1): spiffe://domain. */
static int
check_domain(struct call *c, struct str uri)
{
	if (str_starts(uri, "spiffe://") &&
	    spiffe_check_domain(str_from(uri, strlen("spiffe://")), NULL) == 0)
		return 0;
	return call_refuse(
	    c, 400, "a CA's SPIFFE ID is spiffe:// and a trust domain, without a path");
}

/* Whether this is the vault itself, whose certificate vouches for attestations. */
static bool
is_vault(const struct call *c, struct str uri)
{
	struct str domain = str_of(c->config->trust_domain);
	size_t scheme = strlen("spiffe://");

	return uri.len > scheme + domain.len &&
	       memcmp(uri.at + scheme, domain.at, domain.len) == 0 &&
	       str_is(str_from(uri, scheme + domain.len), ATTEST_PATH);
}

static int
check_id(struct call *c, struct str uri)
{
	struct error err = ERROR_INIT;

	if (spiffe_check(uri, &err) != 0)
		return call_refuse(c, 400, "%s", err.text);
	if (authority_is_operator(c->authority, uri))
		return call_refuse(c, 400,
		    "%.*s is an operator of this vault by its configuration: no "
		    "role issues it",
		    STR(uri));
	if (is_vault(c, uri))
		return call_refuse(
		    c, 400, "%.*s is this vault itself: no role issues it", STR(uri));
	return 0;
}

/* *identity: the certificate says that it identifies someone. */
static int
check_spiffe(struct call *c, const struct certificate *form, bool *identity)
{
	const struct san *s = form->names;

	*identity = false;
	for (unsigned i = 0; s != NULL && i < s->uri.count; i++) {
		if (!claims_spiffe(s->uri.at[i]))
			continue;
		*identity = !form->is_ca;
		if (form->is_ca ? check_domain(c, s->uri.at[i]) != 0
				: check_id(c, s->uri.at[i]) != 0)
			return -1;
	}
	return 0;
}

/* ---- what an issuer gives ---- */

int
pki_urls(
    struct call *c, const struct pki_issuer *i, struct certificate *form, struct error *err)
{
	const struct json *from = i->settings, *mount;

	if (pki_list(c, from, "issuing_certificates", &form->ca_urls) != 0 ||
	    pki_list(c, from, "crl_distribution_points", &form->crl_urls) != 0 ||
	    pki_list(c, from, "ocsp_servers", &form->ocsp_urls) != 0)
		return -1;
	if (form->ca_urls.count + form->crl_urls.count + form->ocsp_urls.count > 0)
		return 0;
	if (pki_config(c, "urls", &mount, err) != 0)
		return -1;
	return pki_list(c, mount, "issuing_certificates", &form->ca_urls) != 0 ||
		       pki_list(c, mount, "crl_distribution_points", &form->crl_urls) != 0 ||
		       pki_list(c, mount, "ocsp_servers", &form->ocsp_urls) != 0
		   ? -1
		   : 0;
}

struct str
pki_oid(struct call *c, struct str dotted)
{
	struct str octets = { NULL, 0 };
	struct buf b = BUF_INIT;

	if (der_encode_oid(&b, dotted))
		octets = arena_copy(c->arena, buf_str(&b));
	buf_free(&b);
	return octets;
}

int
pki_oids(struct call *c, struct str_list dotted, struct str_list *octets)
{
	struct str *list = arena_alloc(c->arena, (dotted.count + 1) * sizeof(*list));

	if (list == NULL)
		return call_refuse(c, 413, "http: request body too large");
	for (unsigned i = 0; i < dotted.count; i++) {
		list[i] = pki_oid(c, dotted.at[i]);
		if (list[i].at == NULL)
			return call_refuse(
			    c, 400, "\"%.*s\" is no OID in dotted decimal", STR(dotted.at[i]));
	}
	*octets = (struct str_list){ list, dotted.count };
	return 0;
}

int
pki_purposes_of(struct call *c, struct str extended_usage, struct str_list *octets)
{
	struct der rest = der_of(extended_usage.at, extended_usage.len);
	struct str *list = arena_alloc(c->arena, (extended_usage.len / 2 + 1) * sizeof(*list));

	*octets = (struct str_list){ list, 0 };
	if (list == NULL)
		return call_refuse(c, 413, "http: request body too large");
	while (der_take_oid(&rest, &list[octets->count]))
		octets->count++;
	return 0;
}

int
pki_open_issuer(struct call *c, struct str reference, const char *usage, struct pki_issuer *i,
    struct ca_key **key, struct error *err)
{
	struct pki_key k;
	int rc;

	if (pki_issuer_find(c, reference, i, err) != 0)
		return -1;
	if (!pki_issuer_may(i, usage))
		return call_refuse(c, 400, "the issuer's usage does not hold %s", usage);
	rc = i->key_id.len == 0 ? 1 : pki_key_read(c, i->key_id, &k, err);
	if (rc == 1)
		return call_refuse(
		    c, 400, "the key of issuer %.*s is not in this mount", STR(i->id));
	if (rc < 0)
		return -1;
	*key = pki_key_open(c, &k, err);
	return *key != NULL ? 0 : -1;
}

/* ---- making one ---- */

/* Whoever named it, a subject is printable: no control byte, no zero that ends it for some. */
static int
check_subject(struct call *c, struct str subject)
{
	struct der whole = der_of(subject.at, subject.len), name;
	struct error why = ERROR_INIT;
	struct str common_name, serial_number;

	if (der_take(&whole, DER_SEQUENCE, &name) &&
	    subject_read(name, &common_name, &serial_number, &why) == 0)
		return 0;
	return call_refuse(c, 400, "the subject cannot be issued: %s", why.text);
}

/* Fill in what is not asked for.  -1: refused. */
static int
complete(struct call *c, const struct pki_wish *w, struct certificate *f, uint8_t *serial)
{
	struct buf algorithm = BUF_INIT;

	if (pki_signed_of(c) != NULL)
		memcpy(serial, pki_signed_of(c)->serial, SERIAL_BYTES);
	else
		serial_new(serial);
	ca_key_put_algorithm(*w->key, w->manner, &algorithm);
	f->serial = (struct str){ (char *)serial, SERIAL_BYTES };
	f->algorithm = pki_keep(c, &algorithm);
	f->issuer = w->issuer != NULL ? w->issuer->view.subject : f->subject;
	f->issuer_spki = w->issuer != NULL ? w->issuer->view.spki : f->spki;
	f->issuer_key = w->issuer != NULL ? w->issuer->view.key : (struct str){ NULL, 0 };
	if (w->issuer != NULL && f->not_after > w->issuer->view.not_after)
		return call_refuse(c, 400, "no certificate outlives its CA");
	return f->algorithm.at != NULL ? 0 : -1;
}

/* 0: signed, now or by a worker before; 1: a worker is to sign. */
static int
sign(struct call *c, const struct pki_wish *w, const struct certificate *f, struct buf *out)
{
	const struct pki_signed *before = pki_signed_of(c);
	struct pki_signed what = { .now = pki_now(c) };

	certificate_put(f, &what.part);
	if (w->later != NULL && ca_key_is_slow(*w->key)) {
		memcpy(what.serial, f->serial.at, SERIAL_BYTES);
		*w->later = pki_sign_work(w->key, w->manner, &what);
		return 1;
	}
	if (before != NULL && str_equal(buf_str(&before->part), buf_str(&what.part)))
		buf_put_str(&what.signature, buf_str(&before->signature));
	else
		ca_key_sign(*w->key, w->manner, buf_str(&what.part), &what.signature);
	signed_put(buf_str(&what.part), f->algorithm, buf_str(&what.signature), out);
	buf_free(&what.part);
	buf_free(&what.signature);
	return 0;
}

static int
check_profile(struct call *c, struct str der)
{
	struct error err = ERROR_INIT;
	struct identity *id = identity_read(der.at, der.len, &err);

	if (id == NULL)
		return call_refuse(c, 400,
		    "a certificate with a SPIFFE ID must fit the profile of an "
		    "identity: %s",
		    err.text);
	identity_free(&id);
	return 0;
}

int
pki_make(struct call *c, const struct pki_wish *w, struct str *der, struct error *err)
{
	struct certificate f = w->form;
	uint8_t serial[SERIAL_BYTES];
	struct buf made = BUF_INIT;
	bool identity;

	if (check_subject(c, f.subject) != 0 || check_spiffe(c, &f, &identity) != 0 ||
	    complete(c, w, &f, serial) != 0)
		return -1;
	f.says_leaf = f.says_leaf || identity;
	if (sign(c, w, &f, &made) != 0)
		return 1;
	*der = pki_keep(c, &made);
	if (der->at == NULL || (identity && check_profile(c, *der) != 0))
		return -1;
	if (!w->keep || w->later != NULL)
		return 0;
	return pki_cert_keep(c, *der, w->issuer != NULL ? w->issuer->id : (struct str){ "", 0 },
	    f.issuer_spki, err);
}
