/*
 * What nobody asks for and must be done: expiry, rotation, re-wrapping.  Chores run inside the
 * batches of writes, between the requests of callers, in slices; what a chore knows stands in the
 * records, so that it goes on after a restart or a failed commit as if nothing had been.
 */
#ifndef KEEPER_CHORES_H
#define KEEPER_CHORES_H

#include <stdbool.h>
#include <stdint.h>

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/workers.h"

/* What a slice is given: a call of the vault's own, which no peer makes. */
struct chore_run {
	struct call call;    /* records (in a batch), mounts, arena, now, work: filled in */
	struct work *later;  /* out: work for a worker; the chore runs again when it is done */
	int64_t again;       /* out: ns from now until it wants to run again (boot time) */
};

#define CHORE_IDLE CLOCK_SECOND /* with nothing to do: look again after this */

/*
 * One row for each.  run does a slice of a few milliseconds.  -1 with err: what it changed is
 * undone, the error is logged, and it runs again in a minute.
 */
struct chore {
	const char *name;
	int (*run)(struct chore_run *r, struct error *err);
};
extern const struct chore chores_table[]; /* vaultd/api/chores.c; ends with a NULL name */

struct keeper;
struct chores;

struct chores *chores_new(void);
void chores_free(struct chores **c);

/* Whether one is due (boot: now). */
bool chores_due(const struct chores *c, int64_t boot);
/* When the next one will be (boot ns). */
int64_t chores_next(const struct chores *c);
/* The vault has opened: all are due. */
void chores_wake(struct chores *c);
/* Run a slice of each that is due, inside the batch.  True when mounts, policies or roles were
 * changed. */
bool chores_run(struct keeper *k);
/* Work that a chore asked for is done: it is due. */
void chores_done(struct chores *c, struct errand *e);

#endif
