/*
 * Key pairs.  Private keys come out of OpenSSL into locked memory and nowhere else.
 */
#include "keys/pair.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/error.h"
#include "base/reveal.h"

/* AlgorithmIdentifier and BIT STRING of a SubjectPublicKeyInfo, up to the key's bits. */
#define EC_HEAD(whole, algorithm, oid, bits) \
	"\x30" whole "\x30" algorithm "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" oid "\x03" bits \
	"\x00"
#define HEAD(text) text, sizeof(text) - 1

static const struct curve {
	const char *name;
	unsigned bits;
	const char *head;
	size_t head_len;
} curves[] = {
    {"P-224", 224, HEAD(EC_HEAD("\x4e", "\x10", "\x06\x05\x2b\x81\x04\x00\x21", "\x3a"))},
    {"P-256", 256,
	HEAD(EC_HEAD("\x59", "\x13", "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "\x42"))},
    {"P-384", 384, HEAD(EC_HEAD("\x76", "\x10", "\x06\x05\x2b\x81\x04\x00\x22", "\x62"))},
    {"P-521", 521,
	HEAD(EC_HEAD("\x81\x9b", "\x10", "\x06\x05\x2b\x81\x04\x00\x23", "\x81\x86"))},
};

static const char ed25519_head[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

#define POINT_MOST (1 + 2 * 66)
#define RAW 32 /* bytes of an Ed25519 key, either half */

/* NULL: it is not offered. */
static const struct curve *
curve_of(unsigned bits)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].bits == bits)
			return &curves[i];
	return NULL;
}

static size_t
number_bytes(const struct curve *c)
{
	return (c->bits + 7) / 8;
}

static size_t
point_bytes(const struct curve *c)
{
	return 1 + 2 * number_bytes(c);
}

EVP_PKEY *
pair_new(const char *type, unsigned bits)
{
	const struct curve *curve = curve_of(bits);
	EVP_PKEY *pair = NULL;

	if (strcmp(type, "rsa") == 0)
		pair = EVP_RSA_gen(bits);
	else if (strcmp(type, "ec") == 0 && curve != NULL)
		pair = EVP_EC_gen(curve->name);
	else if (strcmp(type, "ed25519") == 0)
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ERR_clear_error();
	return pair;
}

/* i2d functions move the pointer that they write to. */
struct secret *
pair_private(const EVP_PKEY *pair)
{
	int len;
	struct secret *s;
	unsigned char *to;

	/* Ed25519 has no form of its own. */
	if (EVP_PKEY_is_a(pair, "ED25519"))
		return pair_pkcs8(pair);
	len = i2d_PrivateKey(pair, NULL);
	if (len <= 0)
		fatal("OpenSSL does not write a private key");
	s = secret_new((size_t)len);
	to = secret_fill(s);
	if (i2d_PrivateKey(pair, &to) != len)
		fatal("OpenSSL does not write a private key");
	return s;
}

struct secret *
pair_pkcs8(const EVP_PKEY *pair)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair);
	int len = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
	struct secret *s;
	unsigned char *to;

	if (len <= 0)
		fatal("OpenSSL does not write a private key");
	s = secret_new((size_t)len);
	to = secret_fill(s);
	if (i2d_PKCS8_PRIV_KEY_INFO(info, &to) != len)
		fatal("OpenSSL does not write a private key");
	PKCS8_PRIV_KEY_INFO_free(info);
	return s;
}

/* ---- a form of ours ---- */

/* The uncompressed point. */
static void
read_point(const EVP_PKEY *pair, const struct curve *c, uint8_t *point)
{
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(
		pair, OSSL_PKEY_PARAM_PUB_KEY, point, point_bytes(c), &len) != 1 ||
	    len != point_bytes(c) || point[0] != 0x04)
		fatal("OpenSSL does not tell the point of a key");
}

static struct secret *
pack_ec(const EVP_PKEY *pair)
{
	const struct curve *c = curve_of((unsigned)EVP_PKEY_get_bits(pair));
	BIGNUM *number = NULL;
	struct secret *s;
	uint8_t *to;

	if (c == NULL || EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1)
		fatal("OpenSSL does not tell a private key");
	s = secret_new(3 + number_bytes(c) + point_bytes(c));
	to = secret_fill(s);
	to[0] = 'E';
	to[1] = (uint8_t)(c->bits >> 8);
	to[2] = (uint8_t)c->bits;
	if (BN_bn2binpad(number, to + 3, (int)number_bytes(c)) < 0)
		fatal("a private key that is longer than its curve");
	read_point(pair, c, to + 3 + number_bytes(c));
	BN_clear_free(number);
	return s;
}

static struct secret *
pack_raw(const EVP_PKEY *pair)
{
	struct secret *s = secret_new(1 + RAW);
	uint8_t *to = secret_fill(s);
	size_t len = RAW;

	to[0] = 'D';
	if (EVP_PKEY_get_raw_private_key(pair, to + 1, &len) != 1 || len != RAW)
		fatal("OpenSSL does not tell a private key");
	return s;
}

static struct secret *
pack_der(const EVP_PKEY *pair)
{
	struct secret *der = pair_private(pair), *s;
	size_t len;
	const uint8_t *from = secret_reveal(der, &len);

	s = secret_new(1 + len);
	secret_fill(s)[0] = 'R';
	memcpy(secret_fill(s) + 1, from, len);
	secret_free(&der);
	return s;
}

struct secret *
pair_pack(const EVP_PKEY *pair)
{
	if (EVP_PKEY_is_a(pair, "EC"))
		return pack_ec(pair);
	return EVP_PKEY_is_a(pair, "ED25519") ? pack_raw(pair) : pack_der(pair);
}

static EVP_PKEY *
build_ec(const struct curve *c, const BIGNUM *number, const uint8_t *point)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *parts = NULL;
	EVP_PKEY *pair = NULL;

	if (builder == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, c->name, 0) !=
		1 ||
	    OSSL_PARAM_BLD_push_octet_string(
		builder, OSSL_PKEY_PARAM_PUB_KEY, point, point_bytes(c)) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) != 1 ||
	    (parts = OSSL_PARAM_BLD_to_param(builder)) == NULL)
		fatal("no memory for a key");
	if (EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_KEYPAIR, parts) != 1)
		pair = NULL;
	OSSL_PARAM_free(parts);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	return pair;
}

static EVP_PKEY *
unpack_ec(const uint8_t *bytes, size_t len)
{
	const struct curve *c = len < 3 ? NULL : curve_of((unsigned)bytes[1] << 8 | bytes[2]);
	BIGNUM *number;
	EVP_PKEY *pair;

	if (c == NULL || len != 3 + number_bytes(c) + point_bytes(c))
		return NULL;
	number = BN_secure_new();
	if (number == NULL || BN_bin2bn(bytes + 3, (int)number_bytes(c), number) == NULL)
		fatal("no memory for a key");
	pair = build_ec(c, number, bytes + 3 + number_bytes(c));
	BN_clear_free(number);
	return pair;
}

EVP_PKEY *
pair_unpack(const struct secret *packed)
{
	size_t len;
	const uint8_t *bytes = secret_reveal(packed, &len);
	const unsigned char *der = bytes + 1;
	EVP_PKEY *pair = NULL;

	if (len > 1 && bytes[0] == 'E')
		pair = unpack_ec(bytes, len);
	else if (len == 1 + RAW && bytes[0] == 'D')
		pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes + 1, RAW);
	else if (len > 1 && bytes[0] == 'R')
		pair = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &der, (long)(len - 1));
	ERR_clear_error();
	return pair;
}

/* ---- the public half ---- */

static void
put_ec(const EVP_PKEY *pair, const struct curve *c, struct buf *out)
{
	uint8_t point[POINT_MOST];

	read_point(pair, c, point);
	buf_put(out, c->head, c->head_len);
	buf_put(out, point, point_bytes(c));
}

static void
put_raw(const EVP_PKEY *pair, struct buf *out)
{
	uint8_t key[RAW];
	size_t len = sizeof(key);

	if (EVP_PKEY_get_raw_public_key(pair, key, &len) != 1 || len != RAW)
		fatal("OpenSSL does not tell a public key");
	buf_put(out, ed25519_head, sizeof(ed25519_head) - 1);
	buf_put(out, key, len);
}

static void
put_der(const EVP_PKEY *pair, struct buf *out)
{
	int len = i2d_PUBKEY(pair, NULL);
	unsigned char *to;

	if (len <= 0)
		fatal("OpenSSL does not write a public key");
	to = buf_reserve(out, (size_t)len);
	if (i2d_PUBKEY(pair, &to) != len)
		fatal("OpenSSL does not write a public key");
	out->len += (size_t)len;
}

void
pair_put_public(const EVP_PKEY *pair, struct buf *out)
{
	const struct curve *c =
	    EVP_PKEY_is_a(pair, "EC") ? curve_of((unsigned)EVP_PKEY_get_bits(pair)) : NULL;

	if (c != NULL)
		put_ec(pair, c, out);
	else if (EVP_PKEY_is_a(pair, "ED25519"))
		put_raw(pair, out);
	else
		put_der(pair, out);
}
