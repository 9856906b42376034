/*
 * What the vault itself does to a rotation's values.  Inside a batch; -1 with err.
 */
#ifndef API_PLAN_VALUE_H
#define API_PLAN_VALUE_H

#include "vaultd/api/plan.h"
#include "vaultd/keeper/chores.h"

/* Keep fields over those of base (NULL: none) as the pending value. */
int plan_value_stage(struct call *c, struct plan *p, const struct json *base,
    const struct json *fields, struct error *err);

/* Draw it by the plan's rules.  1: a worker must do that first (run->later). */
int plan_value_create(struct chore_run *run, struct plan *p, struct error *err);

/* Pending becomes current, a new version of the secret; what was current is kept as previous.
 */
int plan_value_promote(struct call *c, struct plan *p, struct error *err);

#endif
