/*
 * The AEADs of named keys: nonce, ciphertext and tag in one piece.
 * Security: for keys/named_*.c alone (tests/unit/test_no_export.sh).
 */
#ifndef KEYS_NAMED_AEAD_H
#define KEYS_NAMED_AEAD_H

#include "keys/named_inside.h"

#define NAMED_NONCE_MAX 24
#define NAMED_TAG 16

struct named_aead {
	enum key_family family;
	struct named_open *open;
	const struct secret *key; /* of this one text; NULL: the version's own */
	struct str associated;
};

size_t named_aead_nonce(enum key_family family); /* bytes */

/* Append nonce (named_aead_nonce bytes), ciphertext and tag to out. */
void named_aead_seal(const struct named_aead *a, const uint8_t *nonce, struct str plaintext,
    struct buf *out);
/* Append the plaintext; -1 with ERR_INVALID and the reference's sentence, nothing appended. */
int named_aead_open(const struct named_aead *a, struct str sealed, struct buf *out,
    struct error *err);

#endif
