/*
 * Inside merge.c: several rules for one pattern become one.
 */
#ifndef POLICY_UNITE_H
#define POLICY_UNITE_H

#include "policy/pool.h"
#include "policy/rules.h"

/*
 * Add to into what from grants, within the limits of both: capabilities of either, the shorter
 * (not 0) of each wrapping time, parameters of either (any value of one in place of its list of
 * values), required ones of both.  CAP_DENY in one is all that is left.  Patterns are not
 * looked at.  What is new comes from the pool or is borrowed from `from`.
 */
void rule_unite(struct pool *pool, struct rule *into, const struct rule *from);

/* Put copies, in the pool, in place of what the rule borrows; not of its pattern. */
void rule_own(struct pool *pool, struct rule *rule);

#endif
