/*
 * The one door to the bytes of a secret.
 * Security: a file that includes this header handles key bytes.  The list of such files is
 * checked by tests/unit/test_reveal.sh and repeated in SECURITY.md; keep it short.
 */
#ifndef BASE_REVEAL_H
#define BASE_REVEAL_H

#include <stddef.h>
#include <stdint.h>

struct secret;

/* The bytes, borrowed, for reading; *len (may be NULL) is how many. */
const uint8_t *secret_reveal(const struct secret *s, size_t *len);

/* The bytes, borrowed, for filling in. */
uint8_t *secret_fill(struct secret *s);

#endif
