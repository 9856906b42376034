/*
 * How a rotation goes on, step by step: create, set, test, promote, retire; or abandon.
 *
 * A step that the vault takes itself happens with its record, in one batch.  One that a hook
 * takes is recorded before (its id, the attempt) and after: the id is the same for all
 * attempts, so that an attempt that a crash came after is made again and known again.
 */
#ifndef API_PLAN_STEPS_H
#define API_PLAN_STEPS_H

#include "vaultd/api/plan.h"
#include "vaultd/api/plan_hook.h"
#include "vaultd/keeper/chores.h"

#define PLAN_AGAIN \
	(3600 * CLOCK_SECOND) /* after retries were in vain; and the longest back-off */

/* All inside a batch; each changes *p and places it in the agenda, plan_write is the caller's.
 */

/* A rotation begins. */
void plan_begin(const struct call *c, struct plan *p);
/* Between rotations: it stands where the next one has it, at `earliest` at the soonest. */
void plan_idle(struct call *c, struct plan *p, int64_t earliest);

/* Go on as far as it goes.  1: not now, a worker must do something first (run->later). */
int plan_go_on(struct chore_run *run, struct plan *p);

/* What the hook's run for the step came to; then goes on, as above. */
int plan_answered(struct chore_run *run, struct plan *p, const struct plan_hook_answer *a);
/* The hook could not be asked, or not be heard. */
void plan_failed(struct call *c, struct plan *p, const char *why);

/* A person supplies the value. */
int plan_supply(struct call *c, struct plan *p, const struct json *data, struct error *err);
/* A person gives the rotation up: what was made is abandoned, or what was to be done left. */
void plan_cancel(struct call *c, struct plan *p);

#endif
