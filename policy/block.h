/*
 * Inside rules.c: what stands between the braces of a policy's `path "..." { }`.
 */
#ifndef POLICY_BLOCK_H
#define POLICY_BLOCK_H

#include "base/error.h"
#include "base/hcl.h"
#include "base/str.h"
#include "policy/rules.h"

/* The policy being filled, the block being read, and where complaints go. */
struct reading {
	struct policy *policy;
	struct str path; /* of the block, as it was written */
	struct error *err;
	policy_report *report; /* NULL: the first complaint ends the reading */
	void *arg;
	unsigned complaints; /* that were reported */
};

/*
 * r->err holds a complaint about this line.  0 when it was reported and forgotten, and reading
 * goes on behind it; -1 when it ends the reading.
 */
int block_complain(struct reading *r, unsigned line);

/*
 * Fill rule from the members of a block (an object); its pattern is not touched, what it needs
 * comes from the policy's pool.  0, or -1 with the error of policy_parse.
 */
int block_read(struct reading *r, const struct hcl *block, struct rule *rule);

/* Say that a node is not what is wanted ("a list of strings").  Returns -1. */
int block_mistyped(struct reading *r, const struct hcl *node, const char *wanted);

#endif
