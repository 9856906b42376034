/*
 * Plans at work: which are due, whose hooks run, and what they answer.
 */
#ifndef API_PLAN_RUN_H
#define API_PLAN_RUN_H

#include "vaultd/api/plan.h"
#include "vaultd/api/rotation.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/hooks.h"

/* For an open vault; hooks is borrowed.  Freed while hooks run, nobody hears how they end. */
struct plans *plans_new(struct hooks *h);
void plans_free(struct plans **p);

/* The hook is to run for the step of p, once the batch is committed.  False: too many already.
 */
bool plans_claim(struct plans *s, const struct plan *p);

/*
 * How many wait for a person, as of ten seconds ago at most; PLANS_COUNTED are counted.  And:
 * that may have changed.
 */
#define PLANS_COUNTED 1000
unsigned plans_waiting(const struct plans *p);
void plans_recount(struct plans *p);

/* The chore. */
int plans_run_due(struct chore_run *run, struct error *err);

/* Rows of rotating_table. */
int plans_walk(struct call *c, int64_t from, rotation_show *each, void *arg, struct error *err);
int plans_walk_waiting(
    struct call *c, int64_t from, rotation_show *each, void *arg, struct error *err);

#endif
