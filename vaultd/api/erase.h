/*
 * Taking away what a mount holds, piece by piece, as a chore: what is left tells where to go on.
 */
#ifndef API_ERASE_H
#define API_ERASE_H

#include "vaultd/keeper/chores.h"

/*
 * One row for each kind of records that an engine keeps: how those of one mount are found.
 * A kind that is not listed is found from one that is, by its row's take.
 */
struct holding {
	enum mount_type type;
	enum record_kind kind;
	const char *single; /* NULL: the kind is listed; else the name of its one record */
	/*
	 * Delete the record at path (of c->mount), with all that hangs on it.  Returns what that
	 * cost, 1 for each record; or -1 with err.  NULL: only the record itself.
	 */
	int (*take)(struct call *c, struct str path, struct error *err);
};

#define ERASE_SLICE 256 /* records at a time */

/*
 * Take records of a listed kind of c->mount, wherever they lie, until a slice is full.
 * 1: there may be more; 0: nothing is left; -1 with err.
 */
int erase_some(struct call *c, enum record_kind kind,
    int (*take)(struct call *c, struct str path, struct error *err), struct error *err);

/* The chore: mounts that were removed. */
int erase_mounts(struct chore_run *r, struct error *err);

#endif
