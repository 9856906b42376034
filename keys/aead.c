/*
 * XChaCha20-Poly1305 behind four functions.  Only the keeper (and tools that open a store)
 * run this; it is trusted with every key of the store while it works on it.
 * Security: nonces are 192 random bits, so that a key may wrap any number of texts.
 */
#include <sodium.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/aead.h"

static const uint8_t *
key_bytes(const struct secret *key)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(key, &len);

	if (len != AEAD_KEY)
		fatal("a key of %zu bytes where one of %d is needed", len, AEAD_KEY);
	return bytes;
}

void
aead_wrap(const struct secret *key, const void *ad, size_t ad_len, const void *text, size_t len,
    struct buf *out)
{
	uint8_t *nonce = buf_reserve(out, len + AEAD_OVERHEAD);

	random_bytes(nonce, AEAD_NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    nonce + AEAD_NONCE, NULL, text, len, ad, ad_len, NULL, nonce, key_bytes(key));
	out->len += len + AEAD_OVERHEAD;
}

/* Decrypt into text, which has room for len - AEAD_OVERHEAD bytes and is zeroed on failure. */
static int
open_into(const struct secret *key, const void *ad, size_t ad_len, const uint8_t *wrapped,
    size_t len, uint8_t *text, struct error *err)
{
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, wrapped + AEAD_NONCE,
		len - AEAD_NONCE, ad, ad_len, wrapped, key_bytes(key)) != 0)
		return error_set(
		    err, ERR_CORRUPT, "the wrapped bytes do not open with this key");
	return 0;
}

static int
refuse_short(struct error *err)
{
	return error_set(err, ERR_CORRUPT, "the wrapped bytes are too short");
}

int
aead_unwrap(const struct secret *key, const void *ad, size_t ad_len, const void *wrapped,
    size_t len, struct buf *out, struct error *err)
{
	if (len < AEAD_OVERHEAD)
		return refuse_short(err);
	if (open_into(
		key, ad, ad_len, wrapped, len, buf_reserve(out, len - AEAD_OVERHEAD), err) != 0)
		return -1;
	out->len += len - AEAD_OVERHEAD;
	return 0;
}

void
aead_wrap_secret(const struct secret *key, const void *ad, size_t ad_len,
    const struct secret *text, struct buf *out)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(text, &len);

	aead_wrap(key, ad, ad_len, bytes, len, out);
}

struct secret *
aead_unwrap_secret(const struct secret *key, const void *ad, size_t ad_len, const void *wrapped,
    size_t len, struct error *err)
{
	struct secret *text = NULL;

	if (len <= AEAD_OVERHEAD) {
		refuse_short(err);
		return NULL;
	}
	text = secret_new(len - AEAD_OVERHEAD);
	if (open_into(key, ad, ad_len, wrapped, len, secret_fill(text), err) != 0)
		secret_free(&text);
	return text;
}
