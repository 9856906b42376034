/*
 * The named keys of an open vault: found in the records, kept parsed while they are in use.
 * Security: what is kept is dropped when the vault is sealed, and is never used once the record
 * it was made of has changed.
 */
#ifndef KEEPER_NAMED_H
#define KEEPER_NAMED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "keys/named_key.h"
#include "vaultd/keeper/records.h"

struct named;

/* For an open vault; the records are borrowed.  Never NULL. */
struct named *named_new(struct records *r, const struct keyring *k, const struct header *h);
/* Every version of every key is closed; workers that hold a key cannot open another. */
void named_free(struct named **n);

/* What keys are made with. */
struct named_keys *named_all(struct named *n);

/*
 * A reference to the key of that mount (uuid) and name, as reads see it now (inside a batch: with
 * what the batch changed).  NULL with ERR_NOT_FOUND, or what named_key_parse says.
 */
struct named_key *named_find(struct named *n, const uint8_t mount[16], struct str name,
    struct error *err);
bool named_has(struct named *n, const uint8_t mount[16], struct str name);

/* Whether both are the same key, in the same state.  Either may be NULL: then they are not. */
bool named_same(const struct named_key *a, const struct named_key *b);

/* Inside a batch: write a key's record, or delete it. */
void named_put(struct named *n, const uint8_t mount[16], struct str name,
    const struct named_key *k);
void named_delete(struct named *n, const uint8_t mount[16], struct str name);

#endif
