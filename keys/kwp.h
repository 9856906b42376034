/*
 * AES key wrap with padding (RFC 5649), the half that unwraps.
 * Security: for keys/named_*.c alone (tests/unit/test_no_export.sh).
 */
#ifndef KEYS_KWP_H
#define KEYS_KWP_H

#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

#define KWP_KEY 32 /* bytes: AES-256 */

/* What was wrapped under key.  NULL with ERR_INVALID. */
struct secret *kwp_unwrap(const struct secret *key, struct str wrapped, struct error *err);

#endif
