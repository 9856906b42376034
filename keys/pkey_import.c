/*
 * ECDSA, RSA and ed25519 keys that strangers send.  Trusted with their bytes; nothing is
 * believed of them that was not checked.
 */
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "base/reveal.h"
#include "keys/pkey.h"

#define SEED 32

/* Whatever key it is; NULL when the bytes are none, or not it alone. */
static EVP_PKEY *
read_private(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	EVP_PKEY *pkey = NULL;

	if (len > LONG_MAX || (info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len)) == NULL)
		return NULL;
	if (at == der + len)
		pkey = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	return pkey;
}

/* Whether the numbers of a stranger's key are those of a key; of a private one, of a pair. */
static bool
is_sound(EVP_PKEY *pkey, bool private)
{
	EVP_PKEY_CTX *ctx = NULL;
	BIGNUM *third = NULL;
	bool sound = false;

	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return true; /* any 32 bytes are one */
	if (EVP_PKEY_is_a(pkey, "RSA") &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) == 1) {
		BN_clear_free(third);
		return false; /* of more than two primes: pkey_format writes two */
	}
	if (EVP_PKEY_is_a(pkey, "EC") &&
	    EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
		return false;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (ctx == NULL)
		fatal("no memory to check a key");
	sound = (private ? EVP_PKEY_check(ctx) : EVP_PKEY_public_check(ctx)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return sound;
}

static int
check_import(EVP_PKEY *pkey, const struct key_traits *t, bool private, struct error *err)
{
	const char *half = private ? "private" : "public";
	int rc = 0;

	if (pkey == NULL)
		rc = error_set(err, ERR_INVALID, "error parsing %s key: %s", half,
		    private ? "not PKCS#8 of a known type" : "not a known type");
	else if (!pkey_is_of_type(pkey, t))
		rc = error_set(err, ERR_INVALID, "invalid key type: expected %s", t->name);
	else if (!is_sound(pkey, private))
		rc = error_set(err, ERR_INVALID, "the %s key is not sound", half);
	ERR_clear_error();
	return rc;
}

struct secret *
pkey_ed25519(const struct secret *seed, struct buf *public_key)
{
	struct secret *key = secret_new(crypto_sign_SECRETKEYBYTES);
	uint8_t *half = secret_fill(key) + SEED; /* where it stands in the key anyhow */

	crypto_sign_seed_keypair(half, secret_fill(key), secret_reveal(seed, NULL));
	if (public_key != NULL)
		buf_put(public_key, half, crypto_sign_PUBLICKEYBYTES);
	return key;
}

static struct secret *
take_ed25519(const EVP_PKEY *pkey, struct buf *public_key)
{
	struct secret *seed = secret_new(SEED), *key = NULL;
	size_t len = SEED;

	if (EVP_PKEY_get_raw_private_key(pkey, secret_fill(seed), &len) != 1 || len != SEED)
		fatal("an ed25519 key without a seed");
	key = pkey_ed25519(seed, public_key);
	secret_free(&seed);
	return key;
}

int
pkey_import(const struct key_traits *t, const struct secret *pkcs8, struct secret **key,
    struct buf *public_key, struct error *err)
{
	size_t len = 0;
	const uint8_t *der = secret_reveal(pkcs8, &len);
	EVP_PKEY *pkey = read_private(der, len);
	int rc = check_import(pkey, t, true, err);

	if (rc == 0 && t->family == FAMILY_ED25519) {
		*key = take_ed25519(pkey, public_key);
	} else if (rc == 0) {
		*key = pkey_format(t, pkey);
		pkey_format_public(pkey, public_key);
	}
	EVP_PKEY_free(pkey);
	return rc;
}

/* A file that wants a passphrase is no public key; nobody is asked for one. */
static int
no_passphrase(char *to, int size, int writing, void *arg)
{
	(void)to, (void)size, (void)writing, (void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(struct str pem)
{
	BIO *in = pem.len > INT_MAX ? NULL : BIO_new_mem_buf(pem.at, (int)pem.len);
	uint8_t *der = NULL;
	long len = 0;
	EVP_PKEY *pkey = NULL;

	if (in != NULL && PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_PUBLIC, in,
			      no_passphrase, NULL) == 1)
		pkey = pkey_read_public((struct str){(char *)der, (size_t)len});
	OPENSSL_free(der);
	BIO_free(in);
	return pkey;
}

int
pkey_import_public(
    const struct key_traits *t, struct str pem, struct buf *public_key, struct error *err)
{
	EVP_PKEY *pkey = read_pem(pem);
	int rc = check_import(pkey, t, false, err);
	size_t len = crypto_sign_PUBLICKEYBYTES;

	if (rc == 0 && t->family != FAMILY_ED25519) {
		pkey_format_public(pkey, public_key);
	} else if (rc == 0) {
		if (EVP_PKEY_get_raw_public_key(pkey, buf_reserve(public_key, len), &len) != 1)
			fatal("an ed25519 key without a public half");
		public_key->len += len;
	}
	EVP_PKEY_free(pkey);
	return rc;
}
