/*
 * Hashes and signatures of the audit.  The keeper runs this for every line it writes;
 * vaultctl runs the unkeyed half to verify.
 */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/digest.h"
#include "keys/hash.h"

#define SEED 32 /* bytes of an Ed25519 seed */

void
digest_sha256(const void *bytes, size_t len, uint8_t out[DIGEST_SHA256])
{
	const struct str part = {bytes, len};

	hash_sum(HASH_SHA2_256, &part, 1, out);
}

void
digest_chain(
    const uint8_t previous[DIGEST_SHA256], struct str line, uint8_t next[DIGEST_SHA256])
{
	const struct str parts[] = {{(const char *)previous, DIGEST_SHA256}, line};

	hash_sum(HASH_SHA2_256, parts, 2, next);
}

void
digest_hmac(const struct secret *key, struct str value, uint8_t out[DIGEST_SHA256])
{
	hash_hmac(HASH_SHA2_256, key, &value, 1, out);
}

void
digest_tag(const uint8_t key[DIGEST_TAG], struct str text, uint8_t tag[DIGEST_TAG])
{
	crypto_shorthash_siphashx24(tag, (const uint8_t *)text.at, text.len, key);
}

struct secret *
digest_signer_new(uint8_t public_key[DIGEST_PUBLIC])
{
	struct secret *signer = secret_new(crypto_sign_SECRETKEYBYTES);
	struct secret *seed = secret_new(SEED);

	random_bytes(secret_fill(seed), SEED);
	crypto_sign_seed_keypair(public_key, secret_fill(signer), secret_reveal(seed, NULL));
	secret_free(&seed);
	return signer;
}

/* The bytes of a signing key; nothing else is one. */
static const uint8_t *
reveal_signer(const struct secret *signer)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(signer, &len);

	if (len != DIGEST_SIGNER)
		fatal("a signing key of %zu bytes", len);
	return bytes;
}

void
digest_signer_public(const struct secret *signer, uint8_t public_key[DIGEST_PUBLIC])
{
	memcpy(public_key, reveal_signer(signer) + SEED, DIGEST_PUBLIC);
}

void
digest_signer_put(const struct secret *signer, struct buf *out)
{
	buf_put(out, reveal_signer(signer), DIGEST_SIGNER);
}

void
digest_sign(
    const struct secret *signer, struct str message, uint8_t signature[DIGEST_SIGNATURE])
{
	crypto_sign_detached(signature, NULL, (const uint8_t *)message.at, message.len,
	    reveal_signer(signer));
}

int
digest_verify(const uint8_t public_key[DIGEST_PUBLIC], struct str message,
    const uint8_t signature[DIGEST_SIGNATURE])
{
	return crypto_sign_verify_detached(
	    signature, (const uint8_t *)message.at, message.len, public_key);
}
