/*
 * Named keys in time: each that has an auto_rotate_period stands in the agenda at its
 * next_rotation, and a chore rotates what is due, a few at a time.
 *
 * The agenda is a hint, a key's own next_rotation is what counts: an entry that does not agree
 * with it is dropped.
 */
#ifndef API_TRANSIT_SCHEDULE_H
#define API_TRANSIT_SCHEDULE_H

#include "keys/named_key.h"
#include "vaultd/api/rotation.h"
#include "vaultd/keeper/call.h"
#include "vaultd/keeper/chores.h"

/*
 * Inside a batch: key k of mount m is about to be written in place of `before` (may be NULL);
 * the agenda follows.  A copy of k to be written instead, when its next rotation had to be
 * moved, as the clock by which things fall due (due.h) is ahead of the one that keys are made
 * by; else NULL.
 */
struct named_key *transit_schedule(struct call *c, const struct mount *m, struct str name,
    const struct named_key *before, const struct named_key *k);

/* Inside a batch: the key (NULL: it does not open) of c->mount is about to be deleted. */
void transit_unschedule(struct call *c, struct str name, const struct named_key *k);

/* The chore.  A key that cannot be rotated is tried again in an hour. */
int transit_rotate_due(struct chore_run *run, struct error *err);

/* For sys/rotation. */
int transit_walk_schedule(struct call *c, int64_t from, rotation_show *each, void *arg,
    struct error *err);

#endif
