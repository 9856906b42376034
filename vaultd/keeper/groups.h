/*
 * Groups: they lend their policies to the entities they hold, and to those that the groups they
 * hold do.  An internal group's members are set by operators; an external one stands for a group
 * that an auth mount knows, by its one alias.
 */
#ifndef KEEPER_GROUPS_H
#define KEEPER_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/identities.h"

/* What is read borrows from bytes; group_free releases them. */
struct group {
	struct str id, name;
	int64_t created, updated;    /* wall ns */
	uint64_t modified;           /* how often it was written */
	bool external;
	bool has_policies, has_metadata; /* they were said, if only as empty */
	struct str policies;         /* lower case; a set (packed.h) */
	struct str metadata;         /* pairs */
	struct str entities, groups; /* ids of members: sets */
	bool has_alias;
	struct alias alias;
	struct buf bytes;
};

void group_free(struct group *g);

/* Each: 0; -1 with ERR_NOT_FOUND or ERR_CORRUPT.  *g must be freed after 0 only. */
int groups_by_id(const struct identities *s, struct str id, struct group *g, struct error *err);
int groups_by_name(const struct identities *s, struct str name, struct group *g,
    struct error *err);
int groups_by_alias_id(const struct identities *s, struct str id, struct group *g,
    struct error *err);
int groups_by_alias(const struct identities *s, struct str accessor, struct str name,
    struct group *g, struct error *err);

/* Append the set of groups that hold this entity or group themselves.  0, or -1 ERR_CORRUPT. */
int groups_holding(const struct identities *s, struct str id, struct buf *out,
    struct error *err);

/*
 * Append the ids of all groups that hold it, themselves or through others: the direct ones
 * sorted, then the others, each once.
 */
int groups_above(const struct identities *s, struct str id, struct buf *found,
    struct error *err);

/*
 * Inside a batch: put `fresh` (NULL: nothing) where `old` (NULL: nothing) was, with all that
 * finds it, and let its members know.  What either borrows must outlive the call only.  0, or -1 with
 * ERR_CORRUPT.
 */
int groups_replace(const struct identities *s, const struct group *old,
    const struct group *fresh, struct error *err);

/* Inside a batch: what is a member of groups leaves them all, for `by` (empty: for nothing). */
struct exchange {
	struct str id, by;
	int64_t now;
};
int groups_exchange(const struct identities *s, const struct exchange *x, struct error *err);

/* All, sorted by id, those behind `after`.  each returns false to stop. */
typedef bool group_visit(void *arg, const struct group *g);
int groups_list(const struct identities *s, struct str after, group_visit *each, void *arg,
    struct error *err);

#endif
