/*
 * HKDF-SHA256.  Trusted with named keys and with what is derived from them.
 * Security: every step is laid out in locked memory.
 */
#include <string.h>

#include "base/reveal.h"
#include "keys/derive.h"
#include "keys/hash.h"

#define SUM 32 /* bytes of SHA-256 */

/* Extract: HMAC of the key under a salt of zeros. */
static struct secret *
extract(const struct secret *key)
{
	struct secret *salt = secret_new(SUM), *prk = secret_new(SUM);
	struct str text = {NULL, 0};

	text.at = (const char *)secret_reveal(key, &text.len);
	hash_hmac(HASH_SHA2_256, salt, &text, 1, secret_fill(prk));
	secret_free(&salt);
	return prk;
}

struct secret *
derive_hkdf(const struct secret *key, struct str info, size_t len)
{
	struct secret *prk = extract(key), *out = NULL, *block = secret_new(SUM);
	char *sum = (char *)secret_fill(block);
	uint8_t counter = 0;

	if (len > DERIVE_MAX)
		fatal("HKDF makes no %zu bytes", len);
	out = secret_new(len);
	for (size_t done = 0; done < len; done += SUM) {
		const struct str parts[] = {
		    {sum, counter == 0 ? 0 : SUM}, info, {(const char *)&counter, 1}};

		counter++;
		hash_hmac(HASH_SHA2_256, prk, parts, 3, (uint8_t *)sum);
		memcpy(secret_fill(out) + done, sum, len - done < SUM ? len - done : SUM);
	}
	secret_free(&prk), secret_free(&block);
	return out;
}
