/*
 * Entities: who callers are to the vault, whatever certificate or token they come with.  An
 * entity has aliases (a name at a mount: ours are SPIFFE IDs at auth/cert/), policies, metadata.
 *
 * Every SPIFFE ID has an entity from its first request on.  Most are never edited: those are
 * virtual.  All of a virtual entity is worked out from the SPIFFE ID: its id is a keyed hash, its
 * name and the id of its one alias follow from that.  The first edit, or a group that takes it
 * in, makes it a record.  So a request costs no write, and what is kept of callers is one small
 * record each to find the SPIFFE ID by the entity's id, in a ring of bounded length (callers.h).
 */
#ifndef KEEPER_ENTITIES_H
#define KEEPER_ENTITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/identities.h"

#define ENTITY_ALIASES 32

/* What is read borrows from bytes; entity_free releases them. */
struct entity {
	struct str id, name;
	int64_t created, updated; /* wall ns */
	bool disabled;
	bool stored;              /* not virtual */
	struct str policies;      /* lower case; a set (packed.h) */
	bool has_metadata;        /* it was said, if only as empty */
	struct str metadata;      /* pairs */
	struct str merged;        /* ids of entities that were merged into it, packed */
	unsigned alias_count;
	struct alias aliases[ENTITY_ALIASES];
	struct buf bytes;
};

void entity_free(struct entity *e);

/* Each: 0; -1 with ERR_NOT_FOUND or ERR_CORRUPT.  *e must be freed after 0 only. */
int entities_by_id(const struct identities *s, struct str id, struct entity *e,
    struct error *err);
int entities_by_name(const struct identities *s, struct str name, struct entity *e,
    struct error *err);
int entities_by_alias_id(const struct identities *s, struct str id, struct entity *e,
    struct error *err);
int entities_by_alias(const struct identities *s, struct str accessor, struct str name,
    struct entity *e, struct error *err);

/* The entity of a SPIFFE ID, of whom nobody needs to have heard. */
int entities_of_caller(const struct identities *s, struct str spiffe_id, struct entity *e,
    struct error *err);

/* Its alias of that id, or at that mount; NULL: none. */
struct alias *entity_alias_by_id(struct entity *e, struct str id);
struct alias *entity_alias_at(struct entity *e, struct str accessor);

/*
 * Inside a batch: put `fresh` (NULL: nothing) where `old` (NULL: nothing) was, with all that
 * finds it.  What either borrows must outlive the call only.
 */
void entities_replace(const struct identities *s, const struct entity *old,
    const struct entity *fresh);

/*
 * All that the records know, virtual ones too, sorted by id, those behind `after`.  each returns
 * false to stop.  0, or -1 with ERR_CORRUPT.
 */
typedef bool entity_visit(void *arg, const struct entity *e);
int entities_list(const struct identities *s, struct str after, entity_visit *each, void *arg,
    struct error *err);

#endif
