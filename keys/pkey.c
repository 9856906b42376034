/*
 * ECDSA and RSA keys as OpenSSL has them: made, read, written.  Trusted with private keys;
 * what strangers send is checked before it is believed.
 */
#include "keys/pkey.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <string.h>

#include "base/reveal.h"

#define SEED 32

/* OpenSSL's name of the curve. */
static const char *
curve(const struct key_traits *t)
{
	return t->size == 32 ? "prime256v1" : t->size == 48 ? "secp384r1" : "secp521r1";
}

EVP_PKEY *
pkey_generate(const struct key_traits *t)
{
	EVP_PKEY *pkey =
	    t->family == FAMILY_RSA ? EVP_RSA_gen(t->size * 8) : EVP_EC_gen(curve(t));

	if (pkey == NULL)
		fatal("OpenSSL makes no %s key", t->name);
	return pkey;
}

struct secret *
pkey_format(const EVP_PKEY *pkey)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	int len = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
	struct secret *der = NULL;
	uint8_t *at = NULL;

	if (len <= 0)
		fatal("OpenSSL does not write a private key");
	der = secret_new((size_t)len);
	at = secret_fill(der);
	i2d_PKCS8_PRIV_KEY_INFO(info, &at);
	PKCS8_PRIV_KEY_INFO_free(info);
	return der;
}

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

static EVP_PKEY *
read_public(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	EVP_PKEY *pkey = len > LONG_MAX ? NULL : d2i_PUBKEY(NULL, &at, (long)len);

	if (pkey != NULL && at != der + len) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return pkey;
}

static bool
is_of_type(const EVP_PKEY *pkey, const struct key_traits *t)
{
	char group[32] = "";

	switch (t->family) {
	case FAMILY_ED25519:
		return EVP_PKEY_is_a(pkey, "ED25519");
	case FAMILY_RSA:
		return EVP_PKEY_is_a(pkey, "RSA") &&
		       EVP_PKEY_get_bits(pkey) == (int)t->size * 8;
	case FAMILY_ECDSA:
		return EVP_PKEY_is_a(pkey, "EC") &&
		       EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
		       strcmp(group, curve(t)) == 0;
	default:
		return false;
	}
}

/* *pkey, or NULL in it (and freed) when it is not of the type. */
static EVP_PKEY *
only_of_type(EVP_PKEY *pkey, const struct key_traits *t)
{
	if (pkey != NULL && !is_of_type(pkey, t)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	ERR_clear_error();
	return pkey;
}

EVP_PKEY *
pkey_parse(const struct key_traits *t, const uint8_t *der, size_t len)
{
	return only_of_type(read_private(der, len), t);
}

EVP_PKEY *
pkey_parse_public(const struct key_traits *t, struct str der)
{
	return only_of_type(read_public((const uint8_t *)der.at, der.len), t);
}

void
pkey_format_public(const EVP_PKEY *pkey, struct buf *out)
{
	int len = i2d_PUBKEY(pkey, NULL);
	uint8_t *at = NULL;

	if (len <= 0)
		fatal("OpenSSL does not write a public key");
	at = buf_reserve(out, (size_t)len);
	i2d_PUBKEY(pkey, &at);
	out->len += (size_t)len;
}

/* Whether the numbers of a stranger's key are those of a key; of a private one, of a pair. */
static bool
is_sound(EVP_PKEY *pkey, bool private)
{
	EVP_PKEY_CTX *ctx = NULL;
	bool sound = false;

	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return true; /* any 32 bytes are one */
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
	else if (!is_of_type(pkey, t))
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
		*key = pkey_format(pkey);
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
		pkey = read_public(der, (size_t)len);
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
