/*
 * The policies every vault begins with: `default`, which each caller holds unless its role says
 * otherwise, and `operator`, held by those the configuration names.
 * Security: `operator` runs the vault and reads no secret.  It may write policies, so that
 * operators can grant themselves more; the audit shows it.
 */
#ifndef POLICY_BUILTIN_H
#define POLICY_BUILTIN_H

#include "base/str.h"

struct builtin {
	const char *name; /* lower case */
	const char *text; /* HCL, for policy_parse */
};

/* The built-in policy of that name, or NULL. */
const struct builtin *builtin_find(struct str name);

#endif
