/*
 * AES key wrap with padding.  Trusted with what comes out: a key on its way in.
 */
#include "keys/kwp.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/reveal.h"

#define LEAST 16 /* bytes of the shortest wrapped key */

static EVP_CIPHER *cipher;

static void
fetch(void)
{
	cipher = EVP_CIPHER_fetch(NULL, "AES-256-WRAP-PAD", NULL);
	if (cipher == NULL)
		fatal("OpenSSL has no AES key wrap with padding");
}

/* The padded text into `to`; its length without padding, or -1. */
static int
unwrap(const struct secret *key, struct str wrapped, uint8_t *to)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	pthread_once(&once, fetch);
	if (ctx == NULL)
		fatal("no memory to unwrap a key");
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_DecryptInit_ex2(ctx, cipher, secret_reveal(key, NULL), NULL, NULL) != 1)
		fatal("AES key wrap does not start");
	if (EVP_DecryptUpdate(ctx, to, &len, (const uint8_t *)wrapped.at, (int)wrapped.len) !=
	    1)
		len = -1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return len;
}

struct secret *
kwp_unwrap(const struct secret *key, struct str wrapped, struct error *err)
{
	struct secret *padded = NULL, *text = NULL;
	int len = -1;

	if (wrapped.len >= LEAST && wrapped.len % 8 == 0 && wrapped.len <= INT_MAX) {
		padded = secret_new(wrapped.len);
		len = unwrap(key, wrapped, secret_fill(padded));
	}
	if (len > 0)
		text = secret_part(padded, 0, (size_t)len);
	else
		error_set(err, ERR_INVALID, "the wrapped key does not unwrap");
	secret_free(&padded);
	return text;
}
