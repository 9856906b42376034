/*
 * ECDSA and RSA keys as OpenSSL has them: made, written and read again.  Trusted with private
 * keys.
 *
 * Written are the private numbers alone, each behind its length (u16): of ECDSA the scalar, of
 * RSA the eight of RFC 8017, A.1.2.  From them OpenSSL 3.0 makes a key in 25 us, from PKCS#8
 * in 500.
 */
#include "keys/pkey.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/reveal.h"

#define NUMBERS 8

static const char *const rsa_numbers[NUMBERS] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
    OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
static const char *const ec_numbers[] = {OSSL_PKEY_PARAM_PRIV_KEY};

static const char *const *
names_of(const struct key_traits *t, unsigned *count)
{
	*count = t->family == FAMILY_RSA ? NUMBERS : 1;
	return t->family == FAMILY_RSA ? rsa_numbers : ec_numbers;
}

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

/* Bytes that a number is written in: the curve's, lest its length say how large it is. */
static size_t
width(const struct key_traits *t, const BIGNUM *n)
{
	return t->family == FAMILY_ECDSA ? t->size : (size_t)BN_num_bytes(n);
}

struct secret *
pkey_format(const struct key_traits *t, const EVP_PKEY *pkey)
{
	BIGNUM *numbers[NUMBERS] = {NULL};
	unsigned count = 0;
	const char *const *names = names_of(t, &count);
	struct secret *out = NULL;
	size_t size = 0;
	uint8_t *at = NULL;

	for (unsigned i = 0; i < count; i++) {
		if (EVP_PKEY_get_bn_param(pkey, names[i], &numbers[i]) != 1)
			fatal("a %s key without its %s", t->name, names[i]);
		size += 2 + width(t, numbers[i]);
	}
	out = secret_new(size);
	at = secret_fill(out);
	for (unsigned i = 0; i < count; i++) {
		size_t n = width(t, numbers[i]);

		*at++ = (uint8_t)(n >> 8);
		*at++ = (uint8_t)n;
		BN_bn2binpad(numbers[i], at, (int)n);
		at += n;
		BN_clear_free(numbers[i]);
	}
	return out;
}

/* The point at the end of a SubjectPublicKeyInfo as pkey_format_public writes it. */
static bool
push_point(OSSL_PARAM_BLD *to, const struct key_traits *t, struct str spki)
{
	size_t size = 1 + 2 * t->size;

	return spki.len > size &&
	       OSSL_PARAM_BLD_push_utf8_string(to, OSSL_PKEY_PARAM_GROUP_NAME, curve(t), 0) ==
		   1 &&
	       OSSL_PARAM_BLD_push_octet_string(
		   to, OSSL_PKEY_PARAM_PUB_KEY, spki.at + spki.len - size, size) == 1;
}

/* The numbers that pkey_format wrote; they are the caller's to free, whatever comes back. */
static bool
push_numbers(
    OSSL_PARAM_BLD *to, const struct key_traits *t, struct reader *r, BIGNUM *numbers[NUMBERS])
{
	unsigned count = 0;
	const char *const *names = names_of(t, &count);

	for (unsigned i = 0; i < count; i++) {
		uint16_t len = reader_u16(r);
		const uint8_t *bytes = reader_bytes(r, len);

		if (bytes == NULL || (numbers[i] = BN_bin2bn(bytes, len, NULL)) == NULL ||
		    OSSL_PARAM_BLD_push_BN_pad(to, names[i], numbers[i], len) != 1)
			return false;
	}
	return reader_done(r);
}

static EVP_PKEY *
build(const struct key_traits *t, OSSL_PARAM_BLD *from)
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_name(NULL, t->family == FAMILY_RSA ? "RSA" : "EC", NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(from);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		fatal("OpenSSL makes no keys");
	if (EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* pkey, or NULL (and it is freed) when it is not of the type. */
static EVP_PKEY *
only_of_type(EVP_PKEY *pkey, const struct key_traits *t)
{
	if (pkey != NULL && !pkey_is_of_type(pkey, t)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	ERR_clear_error();
	return pkey;
}

EVP_PKEY *
pkey_parse(const struct key_traits *t, const uint8_t *bytes, size_t len, struct str spki)
{
	BIGNUM *numbers[NUMBERS] = {NULL};
	OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();
	struct reader r = reader_of(bytes, len);
	EVP_PKEY *pkey = NULL;

	if (params == NULL)
		fatal("no memory for a key");
	if ((t->family == FAMILY_RSA || push_point(params, t, spki)) &&
	    push_numbers(params, t, &r, numbers))
		pkey = build(t, params);
	OSSL_PARAM_BLD_free(params);
	for (unsigned i = 0; i < NUMBERS; i++)
		BN_clear_free(numbers[i]);
	return only_of_type(pkey, t);
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

EVP_PKEY *
pkey_read_public(struct str spki)
{
	const uint8_t *start = (const uint8_t *)spki.at, *at = start;
	EVP_PKEY *pkey = spki.len > LONG_MAX ? NULL : d2i_PUBKEY(NULL, &at, (long)spki.len);

	if (pkey != NULL && at != start + spki.len) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return pkey;
}

EVP_PKEY *
pkey_parse_public(const struct key_traits *t, struct str spki)
{
	return only_of_type(pkey_read_public(spki), t);
}

bool
pkey_is_of_type(const EVP_PKEY *pkey, const struct key_traits *t)
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
