/*
 * Hashes for the audit: the chain of lines, the keyed hash of values, checkpoint signatures.
 */
#ifndef KEYS_DIGEST_H
#define KEYS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"

#define DIGEST_SHA256 32
#define DIGEST_SIGNATURE 64
#define DIGEST_PUBLIC 32
#define DIGEST_TAG 16    /* a tag, and the key of tags */
#define DIGEST_SIGNER 64 /* a signing key: seed and public key */

void digest_sha256(const void *bytes, size_t len, uint8_t out[DIGEST_SHA256]);

/* next = SHA-256(previous || line); previous and next may be the same array. */
void digest_chain(const uint8_t previous[DIGEST_SHA256], struct str line,
    uint8_t next[DIGEST_SHA256]);

/* HMAC-SHA256 (RFC 2104) under key. */
void digest_hmac(const struct secret *key, struct str value, uint8_t out[DIGEST_SHA256]);

/*
 * SipHash-2-4 with 128 bits: knows a text again, in memory and under a key drawn for it, at a
 * fraction of what digest_hmac costs.
 */
void digest_tag(const uint8_t key[DIGEST_TAG], struct str text, uint8_t tag[DIGEST_TAG]);

/* Ed25519 (RFC 8032).  A signing key is a secret of DIGEST_SIGNER bytes. */
struct secret *digest_signer_new(uint8_t public_key[DIGEST_PUBLIC]);
/* Its public half; and all of it, appended to a buf whose owner wraps it at once. */
void digest_signer_public(const struct secret *signer, uint8_t public_key[DIGEST_PUBLIC]);
void digest_signer_put(const struct secret *signer, struct buf *out);
void digest_sign(const struct secret *signer, struct str message,
    uint8_t signature[DIGEST_SIGNATURE]);
int digest_verify(const uint8_t public_key[DIGEST_PUBLIC], struct str message,
    const uint8_t signature[DIGEST_SIGNATURE]); /* 0, or -1 */

#endif
