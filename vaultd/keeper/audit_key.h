/*
 * Values in the audit: each scalar of a JSON text becomes "hmac-sha256:<hex>", whatever its
 * type, under a key that does not change, so that the same value has the same hash everywhere.
 * Names of members and null stay. Security: nothing here writes a value; text that is not
 * understood is hashed whole.
 */
#ifndef KEEPER_AUDIT_KEY_H
#define KEEPER_AUDIT_KEY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"

/* More scalars than this are not hashed one by one, but all of the text at once. */
#define AUDIT_SCALARS 256

struct audit_key;

/* Under a key derived from this one, which may be freed then.  Never NULL. */
struct audit_key *audit_key_new(const struct secret *key);
void audit_key_free(struct audit_key **k);

/* hmac-sha256:<hex> of a value, without quotes. */
void audit_key_hash(const struct audit_key *k, struct str value, struct buf *out);

/* The same as a JSON string; a tree; the text of a JSON value (the arena is for parsing). */
void audit_key_put(const struct audit_key *k, struct str value, struct buf *out);
void audit_key_put_tree(const struct audit_key *k, const struct json *value, struct buf *out);
void audit_key_put_json(
    const struct audit_key *k, struct arena *a, struct str json, struct buf *out);

#endif
