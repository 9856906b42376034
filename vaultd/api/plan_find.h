/*
 * Which plan a request is about, and who may.
 * Security: a plan writes a secret and shows it to a hook for ever after; who writes the plan
 * is asked for that right when he does.
 */
#ifndef API_PLAN_FIND_H
#define API_PLAN_FIND_H

#include "vaultd/api/plan.h"

/* The mount and the path in it that c->parameter[0] names.  -1: refused. */
int plan_find_secret(struct call *c, const struct mount **m, struct str *path);
/* Its plan; refused when there is none. */
int plan_find(struct call *c, struct plan *p, struct error *err);

/* Refused unless the caller may read (and update) the secret at path. */
int plan_require(struct call *c, const struct mount *m, struct str path, bool update);

/* For the audit: what has become of a plan. */
void plan_say(struct call *c, const struct plan *p, const char *what);

#endif
