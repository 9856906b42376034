/*
 * sys/rotation: what rotates when, and what became of it.
 *
 * GET sys/rotation            all that rotates by itself, soonest first within a kind
 * GET sys/rotation/due        of that only what is due, or will be in "within" (a duration)
 *   query: kind ("keyring", "key", "plan", or "waiting": plans that wait for a person), mount
 *   ("transit/"), name, overdue (bool), limit (1 to 1000, else 100), after (the "after" of the
 *   reply before)
 *   { "items": [ { "kind": text, "mount": path ("sys/": of the vault), "name": text,
 *                  "period": seconds, "next": time or "",
 *                  "overdue": bool,                      due for more than five minutes
 *                  "last_success": time or "",           of the last few times
 *                  "last_attempt": time or "",
 *                  "last_error": text or "" } ],         of the last attempt
 *     "now": time, "after": text or "" }                 "": that was all
 * GET sys/rotation/history    what was tried, newest first
 *   query: kind, mount, name (with all three: of that one thing, else of the last thousand),
 *   limit
 *   { "events": [ { "time", "kind", "mount", "name", "success": bool, "message": text } ] }
 */
#ifndef API_ROTATION_H
#define API_ROTATION_H

#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/call.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/rotation.h"

/* One thing that rotates by itself. */
struct rotation_item {
	struct rotation_thing thing;
	int64_t period; /* ns; 0: not by time */
	int64_t due;    /* when it is to rotate, or should have; wall ns; 0: never */
	int64_t next;   /* when that is tried: the same, or later when it failed */
};
typedef bool rotation_show(void *arg, const struct rotation_item *i);

/* One row for each kind of them, in order of their numbers. */
struct rotating {
	enum rotation_kind kind;
	const char *name;
	/*
	 * Show all of them that are next at `from` or later (and maybe some before), by that
	 * time, mount and name.  each returns false to stop.
	 */
	int (*walk)(struct call *c, int64_t from, rotation_show *each, void *arg,
	    struct error *err);
};
extern const struct rotating rotating_table[]; /* ends with a NULL name */

int api_rotation(struct call *c, struct error *err);
int api_rotation_due(struct call *c, struct error *err);
int api_rotation_history(struct call *c, struct error *err);

#endif
