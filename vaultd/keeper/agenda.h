/*
 * What is due when, in the records.  Entries stand in buckets of 16 seconds, a directory each,
 * under directories of 68 minutes, 12 days and 8 years: to look whether something is due costs
 * four short lists, however many entries there are, and a bucket is read in slices.
 *
 * An entry is taken at its time when few others are in its bucket, and when that has ended, up to
 * AGENDA_BUCKET late, when there are many.  Inside a batch only, but for agenda_walk.
 */
#ifndef KEEPER_AGENDA_H
#define KEEPER_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

#define AGENDA_BUCKET (16 * CLOCK_SECOND)
#define AGENDA_ID 1024                      /* most bytes of an id */
#define AGENDA_AFTER_ERROR (600 * CLOCK_SECOND)

/* What for: each has an agenda of its own.  Numbers are on disk: never reuse one. */
enum agenda_what {
	AGENDA_KEY = 1,   /* a named key rotates; id: uuid of its mount, its name */
	AGENDA_TOKEN = 2, /* a token expires */
	AGENDA_PLAN = 3,  /* a rotation plan goes on by itself; id: uuid of its mount, its path */
	AGENDA_PERSON = 4 /* one waits for a person, since then: never taken, only shown */
};

struct agenda_entry {
	enum agenda_what what;
	int64_t when;  /* wall ns, by due_now() */
	struct str id; /* bytes that mean something to who put it there */
};

/*
 * Put an entry; the same entry (what, when, id) again changes nothing.  Remove it: `when` must
 * be that of the put, so who puts an entry keeps it.  Removing what is not there is fine.
 */
void agenda_put(struct records *r, int64_t when, enum agenda_what what, struct str id);
void agenda_remove(struct records *r, int64_t when, enum agenda_what what, struct str id);

/*
 * Take what is due, oldest bucket first, at most limit entries (so many are looked at, too, of the
 * bucket that has not ended): each is removed, then visited (and may be put again, later).  A visit
 * returns 0; or 1: not now, what it changed is undone and the entry stays; or -1: the same, the
 * error is logged, and the entry comes again in ten minutes, so that it does not keep the others
 * from their turn.  How many were visited (limit: there may be more), or -1 with ERR_CORRUPT.
 */
typedef int agenda_visit(void *arg, const struct agenda_entry *e, struct error *err);
int agenda_due(struct records *r, enum agenda_what what, int64_t now, unsigned limit,
    agenda_visit *each, void *arg, struct error *err);

/*
 * Entries from the bucket of `from` on, by time, and by id at the same one.  each returns false
 * to stop.  A bucket is read whole.
 */
typedef bool agenda_show(void *arg, const struct agenda_entry *e);
int agenda_walk(struct records *r, enum agenda_what what, int64_t from, agenda_show *each,
    void *arg, struct error *err);

/*
 * So that a million things made at once do not all fall due at once: a time in [0, within),
 * always the same for an id, to be taken off its `when`.
 */
int64_t agenda_spread(struct str id, int64_t within);

#endif
