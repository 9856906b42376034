/*
 * Sealed boxes for shares.  vaultctl seals, the keeper opens; the gate between them carries
 * bytes it cannot read.
 */
#include <sodium.h>

#include "base/reveal.h"
#include "keys/sharebox.h"

/* The bytes of a private half; nothing else is one. */
static const uint8_t *
reveal_key(const struct secret *key)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(key, &len);

	if (len != SHAREBOX_KEY)
		fatal(
		    "a private key of %zu bytes where one of %d is needed", len, SHAREBOX_KEY);
	return bytes;
}

struct secret *
sharebox_new(void)
{
	return secret_random(SHAREBOX_KEY);
}

void
sharebox_public(const struct secret *key, uint8_t public_key[SHAREBOX_PUBLIC])
{
	if (crypto_scalarmult_base(public_key, reveal_key(key)) != 0)
		fatal("a private key has no public half");
}

void
sharebox_put(const struct secret *key, struct buf *out)
{
	buf_put(out, reveal_key(key), SHAREBOX_KEY);
}

int
sharebox_seal(const uint8_t public_key[SHAREBOX_PUBLIC], const struct secret *share,
    struct buf *out, struct error *err)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(share, &len);
	uint8_t *sealed = buf_reserve(out, len + SHAREBOX_OVERHEAD);

	if (crypto_box_seal(sealed, bytes, len, public_key) != 0)
		return error_set(err, ERR_INVALID, "this is no public key to seal to");
	out->len += len + SHAREBOX_OVERHEAD;
	return 0;
}

struct secret *
sharebox_open(const struct secret *key, struct str sealed, struct error *err)
{
	uint8_t public_key[SHAREBOX_PUBLIC];
	struct secret *share = NULL;
	int rc = -1;

	if (sealed.len > SHAREBOX_OVERHEAD) {
		share = secret_new(sealed.len - SHAREBOX_OVERHEAD);
		sharebox_public(key, public_key);
		rc = crypto_box_seal_open(secret_fill(share), (const uint8_t *)sealed.at,
		    sealed.len, public_key, reveal_key(key));
	}
	if (rc != 0) {
		error_set(err, ERR_FOREIGN, "sealed for another key, or changed on its way");
		secret_free(&share);
	}
	return share;
}
