/*
 * vaultctl: certificates.  Trusted with the CA's key while it signs, and with every key it
 * makes until that is written.  With pem.c the only file of the client that speaks to OpenSSL.
 */
#include "client/certs.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "client/credential.h"

#define SKEW 60            /* seconds that a verifier's clock may be behind */
#define COMMON_NAME_MAX 64 /* ub-common-name, RFC 5280 appendix A */
#define SERIAL_BITS 127

const char *const credential_key_types[] = {"p256", "p384", "ed25519", "rsa2048", NULL};

static EVP_PKEY *
new_key(const char *type, struct error *err)
{
	EVP_PKEY *key = NULL;

	if (type == NULL || strcmp(type, "p256") == 0)
		key = EVP_EC_gen("P-256");
	else if (strcmp(type, "p384") == 0)
		key = EVP_EC_gen("P-384");
	else if (strcmp(type, "ed25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (strcmp(type, "rsa2048") == 0)
		key = EVP_RSA_gen(2048);
	else
		error_set(err, ERR_INVALID,
		    "there is no key type %.32s; use p256, p384, ed25519 or rsa2048", type);
	if (key == NULL)
		error_set(err, ERR_INTERNAL, "OpenSSL made no key");
	return key;
}

static int
set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	int ok = n != NULL && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		 BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

	BN_free(n);
	return ok;
}

static int
set_times(X509 *x, const struct credential_wish *wish, const X509 *issuer, struct error *err)
{
	time_t now = (time_t)(clock_wall() / CLOCK_SECOND);
	time_t end = now + (time_t)wish->seconds;

	if (issuer != NULL && X509_cmp_time(X509_get0_notAfter(issuer), &end) < 0)
		return error_set(err, ERR_INVALID,
		    "the certificate would outlive its CA; ask for less, or renew the CA");
	if (ASN1_TIME_set(X509_getm_notBefore(x), now - SKEW) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(x), end) == NULL)
		return error_set(err, ERR_INTERNAL, "OpenSSL refused a time");
	return 0;
}

static int
add(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	int ok = e != NULL && X509_add_ext(x, e, -1);

	X509_EXTENSION_free(e);
	return ok;
}

static int
is_address(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

/* The alternative names, in OpenSSL's notation; nothing in them needs escaping. */
static void
list_names(const struct credential_wish *wish, struct buf *out)
{
	if (wish->uri != NULL)
		buf_printf(out, "%sURI:%s", wish->name.len > COMMON_NAME_MAX ? "critical," : "",
		    wish->uri);
	for (const char *const *h = wish->hosts; h != NULL && *h != NULL; h++)
		buf_printf(
		    out, "%s%s:%s", out->len > 0 ? "," : "", is_address(*h) ? "IP" : "DNS", *h);
	buf_put_u8(out, '\0');
}

static int
set_extensions(X509 *x, const struct credential_wish *wish, X509 *issuer)
{
	static const struct {
		const char *constraints, *usage, *extended;
	} profile[] = {
	    [CREDENTIAL_CA] = {"critical,CA:TRUE,pathlen:1", "critical,keyCertSign,cRLSign",
		NULL},
	    [CREDENTIAL_SERVER] = {"critical,CA:FALSE", "critical,digitalSignature",
		"serverAuth"},
	    [CREDENTIAL_IDENTITY] = {"critical,CA:FALSE", "critical,digitalSignature",
		"clientAuth"},
	};
	const char *extended = profile[wish->kind].extended;
	struct buf names = BUF_INIT;
	X509V3_CTX ctx;
	int ok;

	list_names(wish, &names);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ok = add(x, &ctx, NID_basic_constraints, profile[wish->kind].constraints) &&
	     add(x, &ctx, NID_key_usage, profile[wish->kind].usage) &&
	     (extended == NULL || add(x, &ctx, NID_ext_key_usage, extended)) &&
	     add(x, &ctx, NID_subject_key_identifier, "hash") &&
	     add(x, &ctx, NID_authority_key_identifier, "keyid:always") &&
	     add(x, &ctx, NID_subject_alt_name, (const char *)names.data);
	buf_free(&names);
	return ok;
}

static int
set_names(X509 *x, const struct credential_wish *wish, const X509 *issuer)
{
	X509_NAME *subject = X509_get_subject_name(x);

	if (wish->name.len <= COMMON_NAME_MAX &&
	    !X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
		(const unsigned char *)wish->name.at, (int)wish->name.len, -1, 0))
		return 0;
	return X509_set_issuer_name(
	    x, issuer != NULL ? X509_get_subject_name(issuer) : subject);
}

/* Ed25519 hashes by itself. */
static const EVP_MD *
digest_for(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

static int
fill_and_sign(struct credential *c, const struct credential_wish *wish,
    const struct credential *issuer, struct error *err)
{
	X509 *x = c->certificate, *above = issuer != NULL ? issuer->certificate : NULL;
	EVP_PKEY *signer = issuer != NULL ? issuer->key : c->key;

	if (set_times(x, wish, above, err) != 0)
		return -1;
	if (!X509_set_version(x, X509_VERSION_3) || !set_serial(x) ||
	    !set_names(x, wish, above) || !X509_set_pubkey(x, c->key) ||
	    !set_extensions(x, wish, above != NULL ? above : x) ||
	    !X509_sign(x, signer, digest_for(signer)))
		return error_set(err, ERR_INTERNAL, "OpenSSL did not make the certificate: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
	return 0;
}

struct credential *
credential_new(
    const struct credential_wish *wish, const struct credential *issuer, struct error *err)
{
	struct credential *c = credential_empty();

	c->key = new_key(wish->key_type, err);
	c->certificate = X509_new();
	if (c->key == NULL || c->certificate == NULL ||
	    fill_and_sign(c, wish, issuer, err) != 0)
		credential_free(&c);
	return c;
}

struct credential *
credential_certify(struct str request_pem, const struct credential_wish *wish,
    const struct credential *issuer, struct error *err)
{
	struct credential *c = credential_empty();

	c->key = credential_request_key(request_pem, err);
	c->certificate = X509_new();
	if (c->key == NULL || c->certificate == NULL ||
	    fill_and_sign(c, wish, issuer, err) != 0)
		credential_free(&c);
	return c;
}

void
credential_free(struct credential **c)
{
	if (*c == NULL)
		return;
	X509_free((*c)->certificate);
	EVP_PKEY_free((*c)->key);
	free(*c);
	*c = NULL;
}
