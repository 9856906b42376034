/*
 * Key pairs.  Private keys come out of OpenSSL into locked memory and nowhere else.
 */
#include "keys/pair.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/error.h"
#include "base/reveal.h"

static const char *
curve(unsigned bits)
{
	switch (bits) {
	case 224:
		return "P-224";
	case 256:
		return "P-256";
	case 384:
		return "P-384";
	case 521:
		return "P-521";
	default:
		return "";
	}
}

EVP_PKEY *
pair_new(const char *type, unsigned bits)
{
	EVP_PKEY *pair = NULL;

	if (strcmp(type, "rsa") == 0)
		pair = EVP_RSA_gen(bits);
	else if (strcmp(type, "ec") == 0)
		pair = EVP_EC_gen(curve(bits));
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

void
pair_put_public(const EVP_PKEY *pair, struct buf *out)
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
