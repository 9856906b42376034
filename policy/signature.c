/*
 * The one place where a peer's public key is loaded and its signature checked.  Runs in the
 * keeper on a stranger's key, which has passed algorithm_key.
 */
#include "policy/signature.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdbool.h>

static const struct {
	uint16_t scheme;
	enum key_kind kind;
	const char *digest; /* NULL: the scheme hashes by itself */
} schemes[] = {
    {0x0403, KEY_P256, "SHA256"}, /* ecdsa_secp256r1_sha256 */
    {0x0503, KEY_P384, "SHA384"}, /* ecdsa_secp384r1_sha384 */
    {0x0807, KEY_ED25519, NULL},  /* ed25519 */
    {0x0804, KEY_RSA, "SHA256"},  /* rsa_pss_rsae_sha256 */
    {0x0805, KEY_RSA, "SHA384"},  /* rsa_pss_rsae_sha384 */
    {0x0806, KEY_RSA, "SHA512"},  /* rsa_pss_rsae_sha512 */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A key of the named type from its parts; NULL when OpenSSL finds fault with them. */
static EVP_PKEY *
build(const char *type, OSSL_PARAM *parts)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		fatal("signature: OpenSSL has no %s", type);
	if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, parts) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
load_ec(const char *group, struct der point)
{
	OSSL_PARAM parts[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
	    OSSL_PARAM_construct_octet_string(
		OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.at, point.left),
	    OSSL_PARAM_construct_end(),
	};

	return build("EC", parts);
}

static EVP_PKEY *
load_rsa(struct der modulus, struct der exponent)
{
	BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.left, NULL);
	BIGNUM *e = BN_bin2bn(exponent.at, (int)exponent.left, NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parts = NULL;
	EVP_PKEY *key;

	if (n == NULL || e == NULL || builder == NULL ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
	    (parts = OSSL_PARAM_BLD_to_param(builder)) == NULL)
		fatal("signature: no memory");
	key = build("RSA", parts);
	OSSL_PARAM_free(parts);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return key;
}

/* By its parts: OpenSSL's decoder of whole keys takes longer than the signature does. */
static EVP_PKEY *
load(const struct public_key *key)
{
	switch (key->kind) {
	case KEY_P256:
		return load_ec("P-256", key->point);
	case KEY_P384:
		return load_ec("P-384", key->point);
	case KEY_ED25519:
		return EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_ED25519, NULL, key->point.at, key->point.left);
	case KEY_RSA:
		return load_rsa(key->modulus, key->exponent);
	}
	return NULL;
}

static bool
verify(EVP_PKEY *key, bool pss, const char *digest, struct str signature, struct str content)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ok;

	if (ctx == NULL)
		fatal("signature: no memory");
	ok = EVP_DigestVerifyInit_ex(ctx, &pctx, digest, NULL, NULL, key, NULL) == 1;
	if (pss)
		ok = ok && EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	ok = ok && EVP_DigestVerify(ctx, (const unsigned char *)signature.at, signature.len,
		       (const unsigned char *)content.at, content.len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

int
signature_verify(const struct public_key *key, uint16_t scheme, struct str signature,
    struct str content, struct error *err)
{
	EVP_PKEY *loaded;
	size_t i = 0;
	bool ok;

	while (
	    i < COUNT(schemes) && (schemes[i].scheme != scheme || schemes[i].kind != key->kind))
		i++;
	if (i == COUNT(schemes))
		return error_set(err, ERR_INVALID,
		    "signature: its scheme does not fit the key of the certificate");
	loaded = load(key);
	ok = loaded != NULL &&
	     verify(loaded, key->kind == KEY_RSA, schemes[i].digest, signature, content);
	EVP_PKEY_free(loaded);
	ERR_clear_error();
	return ok ? 0 : error_set(err, ERR_DENIED, "signature: it does not verify");
}
