/*
 * What entities and groups share: where they are kept, what finds them, and aliases.
 */
#ifndef KEEPER_IDENTITIES_H
#define KEEPER_IDENTITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/keyring.h"
#include "vaultd/keeper/records.h"

struct callers; /* callers.h */

/* Where entities and groups are.  All borrowed. */
struct identities {
	struct records *records;
	const struct keyring *keyring;
	struct str accessor;     /* of auth/cert/; empty: it is not mounted */
	struct callers *callers; /* who came and is not in the records yet */
};

/* A name at a mount, of an entity or of a group. */
struct alias {
	struct str id, accessor, name;
	int64_t created, updated;   /* wall ns */
	struct str custom_metadata; /* pairs (packed.h) */
	struct str merged_from;     /* ids of the entities it belonged to, packed */
};

/* As it stands in the record of its owner. */
void alias_put(struct buf *out, const struct alias *a);
void alias_read(struct reader *in, struct alias *a);

/* Records of identity are of no mount; the name of one by its id. */
extern const uint8_t identity_mount[16];
struct record_name identity_record(enum record_kind kind, struct str id);

/*
 * The index: ids by what else names them.  Case does not count in names, except in SPIFFE IDs:
 * two that differ in case are two callers.
 */
enum identity_index {
	INDEX_ENTITY_NAME, INDEX_ENTITY_ALIAS_ID, INDEX_ENTITY_ALIAS,
	INDEX_GROUP_NAME, INDEX_GROUP_ALIAS_ID, INDEX_GROUP_ALIAS
}; /* what follows an alias by id is aliases by name */

/* What is looked for; accessor is empty but for aliases by name. */
struct identity_key {
	enum identity_index index;
	struct str accessor, name;
};

/* 0, or -1 with ERR_NOT_FOUND or ERR_CORRUPT. */
int identity_find(const struct identities *s, struct identity_key key, char id[UUID_TEXT],
    struct error *err);
/* Inside a batch: let it be found, or no longer. */
void identity_index(const struct identities *s, struct identity_key key, struct str id);
void identity_unindex(const struct identities *s, struct identity_key key);

/* An alias of `owner`, by both; by_id: INDEX_ENTITY_ALIAS_ID or INDEX_GROUP_ALIAS_ID. */
void alias_index(const struct identities *s, enum identity_index by_id, const struct alias *a,
    struct str owner);
void alias_unindex(const struct identities *s, enum identity_index by_id, const struct alias *a);

/* Whether two names are one. */
bool identity_same_name(struct str a, struct str b);

#endif
