/*
 * OpenSSL asked whether a chain leads to our CA, and its answers put into ours.  Runs in gate
 * and keeper; the leaf has passed identity_read before OpenSSL sees it.
 */
#include "policy/path.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "policy/revoked_set.h"

#define SECURITY_LEVEL 2 /* no SHA-1; RSA of 2048 bits and more; curves of 224 and more */

static const struct {
	int reason;
	enum error_code code;
	int alert;
	const char *text;
} answers[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, ERR_DENIED, SSL_AD_CERTIFICATE_EXPIRED, "it has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, ERR_DENIED, SSL_AD_CERTIFICATE_EXPIRED,
	"it is not yet valid"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ERR_FOREIGN, SSL_AD_UNKNOWN_CA,
	"its issuer is not known here"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ERR_FOREIGN, SSL_AD_UNKNOWN_CA,
	"its issuer is not known here"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_FOREIGN, SSL_AD_UNKNOWN_CA,
	"its issuer is not known here"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERR_FOREIGN, SSL_AD_UNKNOWN_CA,
	"it is self-signed"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERR_FOREIGN, SSL_AD_UNKNOWN_CA,
	"it is of a CA that is not known here"},
    {X509_V_ERR_INVALID_PURPOSE, ERR_INVALID, SSL_AD_UNSUPPORTED_CERTIFICATE,
	"it is not for TLS clients"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, ERR_INVALID, SSL_AD_UNSUPPORTED_CERTIFICATE,
	"its key is too short"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, ERR_INVALID, SSL_AD_UNSUPPORTED_CERTIFICATE,
	"an issuer's key is too short"},
    {X509_V_ERR_CA_MD_TOO_WEAK, ERR_INVALID, SSL_AD_UNSUPPORTED_CERTIFICATE,
	"its signature's digest is too weak"},
};

static int
refuse(int reason, int depth, int *alert, struct error *err)
{
	const size_t count = sizeof(answers) / sizeof(answers[0]);
	enum error_code code = ERR_INVALID;
	const char *text = X509_verify_cert_error_string(reason);

	*alert = SSL_AD_BAD_CERTIFICATE;
	for (size_t i = 0; i < count; i++)
		if (answers[i].reason == reason) {
			code = answers[i].code;
			*alert = answers[i].alert;
			text = answers[i].text;
		}
	if (depth > 0)
		return error_set(err, code, "certificate %d of the chain: %s", depth + 1, text);
	return error_set(err, code, "certificate: %s", text);
}

void
path_prepare(struct bundle *b)
{
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(b->store);

	/* Every certificate of the bundle is an anchor, so that a Hublet's CA may be another's
	 * intermediate without the whole of that other one being trusted. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_CERTIFICATES);
}

static int
refuse_revoked(int *alert, struct error *err)
{
	*alert = SSL_AD_CERTIFICATE_REVOKED;
	return error_set(err, ERR_DENIED, "certificate: it, or an issuer of it, is revoked");
}

/* The CRL of the certificate's issuer, if the bundle has one. */
static int
check_crl(const struct bundle *b, X509 *certificate, X509 *issuer, int64_t now,
    struct span *good, int *alert, struct error *err)
{
	const struct crl *crl = bundle_find_crl(b, issuer);
	X509_REVOKED *revoked = NULL;

	if (crl == NULL)
		return 0;
	if (now < crl->span.from || now >= crl->span.until) {
		*alert = SSL_AD_CERTIFICATE_UNKNOWN;
		return error_set(err, ERR_DENIED, "certificate: the CRL of its issuer has %s",
		    now < crl->span.from ? "not begun" : "expired");
	}
	if (X509_CRL_get0_by_cert(crl->list, &revoked, certificate) != 0)
		return refuse_revoked(alert, err);
	span_cut(
	    good, X509_CRL_get0_lastUpdate(crl->list), X509_CRL_get0_nextUpdate(crl->list));
	return 0;
}

/* What the vault has revoked itself. */
static int
check_marks(const struct bundle *b, X509 *certificate, X509 *issuer, int *alert,
    struct error *err)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
	unsigned char *spki = NULL;
	uint8_t mark[REVOKED_MARK];
	int len;

	if (b->revoked.len == 0)
		return 0;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &spki);
	if (len <= 0)
		fatal("trust: no memory");
	revoked_mark((struct str){(const char *)spki, (size_t)len},
	    (struct str){(const char *)ASN1_STRING_get0_data(serial),
		(size_t)ASN1_STRING_length(serial)},
	    mark);
	OPENSSL_free(spki);
	return revoked_set_holds(buf_str(&b->revoked), mark) ? refuse_revoked(alert, err) : 0;
}

/* What OpenSSL does not ask of the path that it found. */
static int
check_path(const struct bundle *b, STACK_OF(X509) * path, const char *trust_domain, int64_t now,
    struct span *good, int *alert, struct error *err)
{
	*good = (struct span){INT64_MIN, INT64_MAX};
	for (int i = 0; i < sk_X509_num(path); i++) {
		X509 *certificate = sk_X509_value(path, i),
		     *issuer = sk_X509_value(path, i + 1);

		span_cut(
		    good, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate));
		if (i > 0 && bundle_check_issuer(certificate, trust_domain, err) != 0)
			return error_prefix(err, "certificate %d of the path: ", i + 1);
		if (issuer != NULL &&
		    (check_crl(b, certificate, issuer, now, good, alert, err) != 0 ||
			check_marks(b, certificate, issuer, alert, err) != 0))
			return -1;
	}
	return 0;
}

/* The chain as OpenSSL's objects, in order; NULL when one is none. */
static STACK_OF(X509) * decode(const struct chain *chain)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();

	if (certificates == NULL)
		fatal("trust: no memory");
	for (unsigned i = 0; i < chain->count; i++) {
		const unsigned char *p = (const unsigned char *)chain->der[i].at, *end;
		X509 *certificate = d2i_X509(NULL, &p, (long)chain->der[i].len);

		end = (const unsigned char *)chain->der[i].at + chain->der[i].len;
		if (certificate != NULL && sk_X509_push(certificates, certificate) == 0)
			fatal("trust: no memory");
		if (certificate == NULL || p != end) {
			sk_X509_pop_free(certificates, X509_free);
			return NULL;
		}
	}
	return certificates;
}

int
path_verify(const struct bundle *b, const struct chain *chain, const char *trust_domain,
    int64_t now, struct span *good, int *alert, struct error *err)
{
	STACK_OF(X509) *certificates = decode(chain);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc = -1;

	*alert = SSL_AD_BAD_CERTIFICATE;
	if (certificates == NULL) {
		error_set(err, ERR_INVALID, "certificate: one of the chain is malformed");
		goto out;
	}
	if (ctx == NULL || X509_STORE_CTX_init(ctx, b->store, sk_X509_value(certificates, 0),
			       certificates) != 1)
		fatal("trust: no memory");
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now);
	if (X509_verify_cert(ctx) != 1)
		rc = refuse(X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx),
		    alert, err);
	else
		rc = check_path(
		    b, X509_STORE_CTX_get0_chain(ctx), trust_domain, now, good, alert, err);
out:
	X509_STORE_CTX_free(ctx);
	sk_X509_pop_free(certificates, X509_free);
	ERR_clear_error();
	return rc;
}
