/*
 * Certificates given as PEM, held against a bundle's own CA certificates.
 */
#include "policy/anchor.h"

#include <openssl/err.h>
#include <openssl/pem.h>

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
	BIO *in = open_pem(pem);
	X509 *x;

	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		if (verdict != ANCHOR_FOREIGN)
			verdict = among(x, b) ? ANCHOR_OURS : ANCHOR_FOREIGN;
		X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error();
	return verdict;
}
