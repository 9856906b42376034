/*
 * Public keys.  Runs in the keeper; OpenSSL is asked about the keys of strangers here.
 */
#include "policy/public_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define RSA_LEAST 2048
#define RSA_MOST 8192

static const struct {
	const char *group;
	unsigned bits;
} curves[] = {
    {"secp224r1", 224},
    {"prime256v1", 256},
    {"secp384r1", 384},
    {"secp521r1", 521},
};

#define CURVES (sizeof(curves) / sizeof(curves[0]))

static EVP_PKEY *
load(struct str spki)
{
	const unsigned char *p = (const unsigned char *)spki.at;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.len);

	ERR_clear_error();
	return key;
}

/* 0 for a curve that is not in the table. */
static unsigned
curve_bits(const EVP_PKEY *key)
{
	char group[64] = "";
	size_t len;

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1)
		return 0;
	for (size_t i = 0; i < CURVES; i++)
		if (strcmp(group, curves[i].group) == 0)
			return curves[i].bits;
	return 0;
}

static int
refuse_rsa(int64_t bits, struct error *err)
{
	if (bits < RSA_LEAST)
		return error_set(err, ERR_INVALID,
		    "RSA keys < 2048 bits are unsafe and not supported: got %lld",
		    (long long)bits);
	return error_set(
	    err, ERR_INVALID, "unsupported bit length for RSA key: %lld", (long long)bits);
}

int
public_key_kind(struct str spki, const char **type, unsigned *bits, struct error *err)
{
	EVP_PKEY *key = load(spki);
	int rc = 0;

	*bits = 0;
	if (key == NULL)
		return error_set(err, ERR_INVALID, "its public key is malformed");
	if (EVP_PKEY_is_a(key, "RSA")) {
		*type = "rsa";
		*bits = (unsigned)EVP_PKEY_get_bits(key);
		if (*bits < RSA_LEAST || *bits > RSA_MOST)
			rc = refuse_rsa(*bits, err);
	} else if (EVP_PKEY_is_a(key, "EC") && (*bits = curve_bits(key)) != 0) {
		*type = "ec";
	} else if (EVP_PKEY_is_a(key, "ED25519")) {
		*type = "ed25519";
	} else {
		rc = error_set(err, ERR_INVALID, "its key is none of RSA, EC and Ed25519");
	}
	EVP_PKEY_free(key);
	return rc;
}

static int
wish_rsa(int64_t *bits, struct error *err)
{
	if (*bits == 0)
		*bits = RSA_LEAST;
	if (*bits == 2048 || *bits == 3072 || *bits == 4096 || *bits == 8192)
		return 0;
	return refuse_rsa(*bits, err);
}

static int
wish_curve(int64_t *bits, struct error *err)
{
	if (*bits == 0)
		*bits = 256;
	for (size_t i = 0; i < CURVES; i++)
		if (*bits == curves[i].bits)
			return 0;
	return error_set(
	    err, ERR_INVALID, "unsupported bit length for EC key: %lld", (long long)*bits);
}

int
public_key_wish(struct str type, int64_t *bits, struct error *err)
{
	if (str_is(type, "rsa"))
		return wish_rsa(bits, err);
	if (str_is(type, "ec"))
		return wish_curve(bits, err);
	if (!str_is(type, "ed25519"))
		return error_set(err, ERR_INVALID, "unknown key type %.*s", STR(type));
	*bits = 0;
	return 0;
}

bool
public_key_signed(struct str spki, struct str certificate)
{
	const unsigned char *p = (const unsigned char *)certificate.at;
	EVP_PKEY *key = load(spki);
	X509 *x = d2i_X509(NULL, &p, (long)certificate.len);
	bool is = key != NULL && x != NULL && X509_verify(x, key) == 1;

	X509_free(x);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return is;
}
