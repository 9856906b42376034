/*
 * Shamir's secret sharing over GF(2^8) with the polynomial x^8+x^4+x^3+x+1 (as AES), constant
 * time, no tables.  A share is the secret's bytes evaluated at x, then x itself: 33 bytes for
 * a 32-byte secret, the layout that Vault's clients pass on unread.
 */
#ifndef KEYS_SHAMIR_H
#define KEYS_SHAMIR_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

#define SHAMIR_SECRET 32
#define SHAMIR_SHARE (SHAMIR_SECRET + 1)

/*
 * Split a 32-byte secret into n shares of which any t recover it: 1 <= t <= n <= 255, and t = 1
 * only with n = 1.  shares[0..n) are new secrets of 33 bytes, x = 1..n in random order; the
 * caller frees each.  -1 with ERR_INVALID for bad bounds.
 */
int shamir_split(const struct secret *secret, unsigned n, unsigned t, struct secret **shares,
    struct error *err);

/*
 * Combine t shares of 33 bytes.  NULL with ERR_INVALID when one has another length, x = 0, or
 * two share an x.  Wrong shares give a wrong secret: who calls must be able to tell.
 */
struct secret *shamir_combine(struct secret *const *shares, unsigned t, struct error *err);

#endif
