/*
 * Self-contained tokens: "hvs." + base64url(version u8 | nonce 24 | ciphertext | tag 16) under
 * the keyring's token key, associated data "vaultd token 1" and the vault id.  What is inside
 * is the keeper's business; a token that opens was made by this vault.
 */
#ifndef KEYS_TOKEN_H
#define KEYS_TOKEN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/header.h"
#include "keys/keyring.h"

/* Append the token that carries claims. */
void token_seal(const struct keyring *k, const struct header *h, struct str claims,
    struct buf *out);

/* Append the text of a token that will be known by its hash alone: "hvs." and 28 random base62
 * characters, 166 bits. */
void token_draw(struct buf *out);

/* Append the claims of token.  -1 with ERR_DENIED when this vault did not make it. */
int token_open(const struct keyring *k, const struct header *h, struct str token,
    struct buf *claims, struct error *err);

#define TOKEN_ACCESSOR 24
/* 24 base62 characters derived from the token (keyed hash), terminated. */
void token_accessor(const struct keyring *k, struct str token, char accessor[TOKEN_ACCESSOR + 1]);

#endif
