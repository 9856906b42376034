/*
 * The AEADs of named keys.  Trusted with key and plaintext while it works on them.
 * AES-GCM is OpenSSL's, its key schedule kept; the ChaCha types are libsodium's, which takes
 * the key as it is.
 */
#include "keys/named_aead.h"

#include <limits.h>
#include <sodium.h>

#include "base/reveal.h"

size_t
named_aead_nonce(enum key_family family)
{
	return family == FAMILY_XCHACHA ? 24 : 12;
}

static const uint8_t *
bytes(struct str s)
{
	return (const uint8_t *)s.at;
}

static const uint8_t *
key_of(const struct named_aead *a)
{
	return secret_reveal(a->key != NULL ? a->key : a->open->key, NULL);
}

/* Under the lock: the context, ready for the text behind the associated data. */
static EVP_CIPHER_CTX *
gcm_start(const struct named_aead *a, const uint8_t *nonce, int encrypting)
{
	EVP_CIPHER_CTX *ctx = a->open->cipher;
	const uint8_t *key = a->key != NULL ? key_of(a) : NULL;
	int len = 0;

	if (EVP_CipherInit_ex2(ctx, NULL, key, nonce, encrypting, NULL) != 1 ||
	    (a->associated.len > 0 && EVP_CipherUpdate(ctx, NULL, &len, bytes(a->associated),
					  (int)a->associated.len) != 1))
		fatal("AES-GCM fails");
	return ctx;
}

/* to: ciphertext and tag. */
static void
gcm_seal(const struct named_aead *a, const uint8_t *nonce, struct str plaintext, uint8_t *to)
{
	EVP_CIPHER_CTX *ctx = NULL;
	int len = 0;

	pthread_mutex_lock(&a->open->lock);
	ctx = gcm_start(a, nonce, 1);
	if ((plaintext.len > 0 &&
		EVP_CipherUpdate(ctx, to, &len, bytes(plaintext), (int)plaintext.len) != 1) ||
	    EVP_CipherFinal_ex(ctx, to + plaintext.len, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, NAMED_TAG, to + plaintext.len) != 1)
		fatal("AES-GCM fails");
	pthread_mutex_unlock(&a->open->lock);
}

/* from: len bytes of ciphertext, then the tag. */
static int
gcm_open(const struct named_aead *a, const uint8_t *nonce, const uint8_t *from, size_t len,
    uint8_t *to)
{
	EVP_CIPHER_CTX *ctx = NULL;
	int done = 0, rc = -1;

	pthread_mutex_lock(&a->open->lock);
	ctx = gcm_start(a, nonce, 0);
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, NAMED_TAG, (void *)(from + len)) ==
		1 &&
	    (len == 0 || EVP_CipherUpdate(ctx, to, &done, from, (int)len) == 1) &&
	    EVP_CipherFinal_ex(ctx, to + len, &done) == 1)
		rc = 0;
	pthread_mutex_unlock(&a->open->lock);
	return rc;
}

void
named_aead_seal(
    const struct named_aead *a, const uint8_t *nonce, struct str plaintext, struct buf *out)
{
	size_t len = plaintext.len + NAMED_TAG;
	uint8_t *to = NULL;

	if (len > INT_MAX || a->associated.len > INT_MAX)
		fatal("a text of %zu bytes was let through", len);
	buf_put(out, nonce, named_aead_nonce(a->family));
	to = buf_reserve(out, len);
	if (a->family == FAMILY_GCM)
		gcm_seal(a, nonce, plaintext, to);
	else if (a->family == FAMILY_CHACHA)
		crypto_aead_chacha20poly1305_ietf_encrypt(to, NULL, bytes(plaintext),
		    plaintext.len, bytes(a->associated), a->associated.len, NULL, nonce,
		    key_of(a));
	else
		crypto_aead_xchacha20poly1305_ietf_encrypt(to, NULL, bytes(plaintext),
		    plaintext.len, bytes(a->associated), a->associated.len, NULL, nonce,
		    key_of(a));
	out->len += len;
}

static int
open_into(const struct named_aead *a, const uint8_t *nonce, struct str sealed, uint8_t *to)
{
	if (a->family == FAMILY_GCM)
		return gcm_open(a, nonce, bytes(sealed), sealed.len - NAMED_TAG, to);
	if (a->family == FAMILY_CHACHA)
		return crypto_aead_chacha20poly1305_ietf_decrypt(to, NULL, NULL, bytes(sealed),
		    sealed.len, bytes(a->associated), a->associated.len, nonce, key_of(a));
	return crypto_aead_xchacha20poly1305_ietf_decrypt(to, NULL, NULL, bytes(sealed),
	    sealed.len, bytes(a->associated), a->associated.len, nonce, key_of(a));
}

int
named_aead_open(
    const struct named_aead *a, struct str sealed, struct buf *out, struct error *err)
{
	size_t nonce = named_aead_nonce(a->family);
	struct str rest;
	uint8_t *to = NULL;

	if (sealed.len > INT_MAX || a->associated.len > INT_MAX)
		fatal("a text of %zu bytes was let through", sealed.len);
	if (sealed.len < nonce)
		return error_set(err, ERR_INVALID, "invalid ciphertext length");
	rest = str_from(sealed, nonce);
	to = buf_reserve(out, rest.len);
	if (rest.len < NAMED_TAG || open_into(a, bytes(sealed), rest, to) != 0) {
		wipe(to, rest.len);
		return error_set(err, ERR_INVALID, "%s: message authentication failed",
		    a->family == FAMILY_GCM ? "cipher" : "chacha20poly1305");
	}
	out->len += rest.len - NAMED_TAG;
	return 0;
}
