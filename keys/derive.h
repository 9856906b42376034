/*
 * Keys from keys: HKDF-SHA256 (RFC 5869) without salt.  info is any bytes, any length.
 */
#ifndef KEYS_DERIVE_H
#define KEYS_DERIVE_H

#include <stddef.h>

#include "base/secret.h"
#include "base/str.h"

#define DERIVE_MAX (255 * 32)

/* A new secret of len bytes, at most DERIVE_MAX. */
struct secret *derive_hkdf(const struct secret *key, struct str info, size_t len);

#endif
