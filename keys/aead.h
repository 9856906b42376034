/*
 * The one cipher of the store and the keyring: XChaCha20-Poly1305 (libsodium,
 * draft-irtf-cfrg-xchacha-03) with random nonces.
 */
#ifndef KEYS_AEAD_H
#define KEYS_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

#define AEAD_KEY 32
#define AEAD_NONCE 24
#define AEAD_TAG 16
#define AEAD_OVERHEAD (AEAD_NONCE + AEAD_TAG)

/* Append nonce, ciphertext and tag of text to out.  ad: associated data, may be empty. */
void aead_wrap(const struct secret *key, const void *ad, size_t ad_len, const void *text,
    size_t len, struct buf *out);

/*
 * Append the text that wrapped (nonce, ciphertext, tag) holds to out.  -1 with ERR_CORRUPT and
 * nothing appended when key, ad or bytes are not those of aead_wrap.
 */
int aead_unwrap(const struct secret *key, const void *ad, size_t ad_len, const void *wrapped,
    size_t len, struct buf *out, struct error *err);

/* As both, from secret to bytes and back: the key bytes never leave locked memory. */
void aead_wrap_secret(const struct secret *key, const void *ad, size_t ad_len,
    const struct secret *text, struct buf *out);
struct secret *aead_unwrap_secret(const struct secret *key, const void *ad, size_t ad_len,
    const void *wrapped, size_t len, struct error *err);

#endif
