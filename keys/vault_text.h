/*
 * The text around ciphertexts, signatures and HMACs: "vault:v" version ":" base64.  The
 * sentences of its refusals are the reference's.
 */
#ifndef KEYS_VAULT_TEXT_H
#define KEYS_VAULT_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/text.h"

/* What is read: each has words of its own. */
enum vault_text_kind { VAULT_CIPHERTEXT, VAULT_SIGNATURE, VAULT_HMAC };

/* The versions a key answers for. */
struct vault_text_range {
	uint32_t oldest, latest;
};

/* Append the text. */
void vault_text_format(struct buf *out, uint32_t version, enum base64_kind alphabet,
    const void *bytes, size_t len);

/*
 * Cut text in two: *version, which lies in range, and *payload, base64 not yet looked at
 * (borrowed).  -1 with ERR_INVALID and the reference's sentence: no prefix, wrong number of
 * fields, version that is no number, too new, too old.  A ciphertext's version 0 is 1.
 */
int vault_text_parse(enum vault_text_kind kind, struct str text,
    const struct vault_text_range *range, uint32_t *version, struct str *payload,
    struct error *err);

/* Append the payload's bytes.  -1 with ERR_INVALID and the kind's sentence. */
int vault_text_decode(enum vault_text_kind kind, enum base64_kind alphabet, struct str payload,
    struct buf *out, struct error *err);

#endif
