/*
 * Public keys that certificates of a PKI mount may have: RSA of 2048 to 8192 bits, the curves
 * P-224, P-256, P-384 and P-521, Ed25519.  (What identities of this Hublet may have is fewer:
 * algorithm.h.)
 */
#ifndef POLICY_PUBLIC_KEY_H
#define POLICY_PUBLIC_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* The type ("rsa", "ec", "ed25519") and bits of a SubjectPublicKeyInfo.  -1 with ERR_INVALID.
 */
int public_key_kind(struct str spki, const char **type, unsigned *bits, struct error *err);

/*
 * What a key type that the API names comes to: *bits 0 becomes the type's own.  0, or -1 with
 * ERR_INVALID and the reference's text.  "any" is for the caller to know.
 */
int public_key_wish(struct str type, int64_t *bits, struct error *err);

/* Whether a certificate (DER) was signed with the key. */
bool public_key_signed(struct str spki, struct str certificate);

#endif
