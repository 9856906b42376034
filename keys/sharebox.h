/*
 * Shares sealed to the keeper on their way through a gate: libsodium's sealed box (X25519,
 * XSalsa20-Poly1305, an ephemeral key for each).  Whoever has the public half can seal, the
 * private half alone opens.
 */
#ifndef KEYS_SHAREBOX_H
#define KEYS_SHAREBOX_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

#define SHAREBOX_KEY 32      /* bytes of the private half */
#define SHAREBOX_PUBLIC 32   /* bytes of the public half */
#define SHAREBOX_OVERHEAD 48 /* ephemeral key and tag: what a sealed share has more */

/* A new private half. */
struct secret *sharebox_new(void);
/* Its public half (RFC 7748, 6.1). */
void sharebox_public(const struct secret *key, uint8_t public_key[SHAREBOX_PUBLIC]);
/*
 * Append the private half.
 * Security: only for the file that keeps it; the buf's owner writes it there at once.
 */
void sharebox_put(const struct secret *key, struct buf *out);

/*
 * Append the share, sealed, to out.  -1 with ERR_INVALID and nothing appended when the public
 * half is none to seal to (a point of low order).
 */
int sharebox_seal(const uint8_t public_key[SHAREBOX_PUBLIC], const struct secret *share,
    struct buf *out, struct error *err);

/* What was sealed.  NULL with ERR_FOREIGN when it was not for this key, or has changed. */
struct secret *sharebox_open(const struct secret *key, struct str sealed, struct error *err);

#endif
