/*
 * Certificates given as PEM, held against a bundle's own CA certificates.
 */
#include "policy/anchor.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#define SECURITY_BITS 112 /* what OpenSSL asks for at Debian's level 2 */

static BIO *
open_pem(struct str pem)
{
	BIO *in = BIO_new_mem_buf(pem.len > 0 ? pem.at : "", (int)pem.len);

	if (in == NULL)
		fatal("no memory to read PEM");
	return in;
}

int
anchor_first(struct str pem, struct buf *out, struct error *err)
{
	BIO *in = open_pem(pem);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	int len = x == NULL ? -1 : i2d_X509(x, NULL);
	unsigned char *to;

	if (len > 0) {
		to = buf_reserve(out, (size_t)len);
		out->len += (size_t)i2d_X509(x, &to);
	}
	X509_free(x);
	BIO_free(in);
	ERR_clear_error();
	return len > 0 ? 0 : error_set(err, ERR_INVALID, "no certificate in PEM form");
}

/* A key under a passphrase has none that we know. */
static int
no_passphrase(char *to, int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

int
anchor_check_key(struct str pem, struct str key_pem, struct error *err)
{
	BIO *in = open_pem(pem), *key_in = open_pem(key_pem);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_in, NULL, no_passphrase, NULL);
	int rc = 0;

	if (x == NULL)
		rc = error_set(err, ERR_INVALID, "no certificate in PEM form");
	else if (key == NULL)
		rc = error_set(err, ERR_INVALID, "no private key in PEM form that can be read");
	else if (X509_check_private_key(x, key) != 1)
		rc = error_set(err, ERR_INVALID, "the key is not that of the certificate");
	else if (EVP_PKEY_get_security_bits(key) < SECURITY_BITS)
		rc = error_set(err, ERR_INVALID, "the key is too weak");
	EVP_PKEY_free(key);
	X509_free(x);
	BIO_free(key_in);
	BIO_free(in);
	ERR_clear_error();
	return rc;
}

static bool
among(const X509 *x, const struct bundle *b)
{
	for (unsigned i = 0; i < b->ca_count; i++)
		if (X509_cmp(x, b->cas[i]) == 0)
			return true;
	return false;
}

enum anchor_verdict
anchor_check(const struct bundle *b, struct str pem)
{
	enum anchor_verdict verdict = ANCHOR_NONE;
	BIO *in;
	X509 *x;

	if (pem.len > ANCHOR_BYTES)
		return ANCHOR_NONE;
	in = open_pem(pem);
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		if (verdict != ANCHOR_FOREIGN)
			verdict = among(x, b) ? ANCHOR_OURS : ANCHOR_FOREIGN;
		X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error();
	return verdict;
}
