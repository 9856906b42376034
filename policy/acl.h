/*
 * What a caller with certain policies may do: rules of several policies merged (merge.c),
 * the one that applies to a path found (match.c), and the request held against it (decide.c).
 * One rule applies, none falls through.  The priority rules are those of OpenBao 2.6, see the
 * comment over acl_find in match.h; how parameters compare, see parameters.h.
 */
#ifndef POLICY_ACL_H
#define POLICY_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "policy/rules.h"

/* What templates in patterns resolve to: {{identity.entity.name}} and the like. */
struct acl_template {
	/*
	 * The value of an expression (what stands between the braces, trimmed), or a str whose at
	 * is NULL when it cannot be resolved.  arg is handed through.
	 */
	struct str (*resolve)(void *arg, struct str expression);
	void *arg;
};

struct acl;

/*
 * Merge policies (borrowed only for the call).  A rule whose template does not resolve, or
 * resolves to nothing or to a text with '/', '+', '*' or ',', is dropped, with a log line.
 * names may be NULL: no template resolves.  Free with acl_free.
 */
struct acl *acl_new(const struct policy *const *policies, unsigned count,
    const struct acl_template *names);
void acl_free(struct acl **a);

enum acl_operation {
	ACL_CREATE, ACL_READ, ACL_UPDATE, ACL_PATCH, ACL_DELETE, ACL_LIST, ACL_SCAN, ACL_HELP
};

struct acl_request {
	struct str path;         /* without "/v1/"; a list's ends in '/' */
	enum acl_operation operation;
	bool sudo;               /* the route needs it, beside the ordinary capability */
	const struct json *body; /* top-level members are held against parameters; may be NULL */
	int64_t wrap_ttl;        /* ns asked for by X-Vault-Wrap-TTL; 0: not wrapped */
};

/* Why, for those allowed to ask; rule is borrowed from the acl. */
struct acl_verdict {
	bool allowed;
	unsigned capabilities;   /* of the rule that applies; 0 when none does */
	struct str rule;         /* its pattern; empty when none applies */
	struct str policy;       /* name of one policy that gave it */
	char reason[160];        /* "no rule matches", "lacks update", "parameter x is denied" ... */
};

/* Decide.  Returns verdict->allowed. */
bool acl_decide(const struct acl *a, const struct acl_request *r, struct acl_verdict *verdict);

/* Capabilities on a path taken literally (sys/capabilities): CAP_DENY when nothing is granted. */
unsigned acl_capabilities(const struct acl *a, struct str path);

/* Every rule as it counts: its pattern without the '*' it ends in; exact: it has no wildcard. */
typedef void acl_visit(void *arg, struct str pattern, bool exact, unsigned capabilities);
void acl_each(const struct acl *a, acl_visit *each, void *arg);

/* Any capability but deny on the path or on something beneath it (the kv preflight). */
bool acl_touches(const struct acl *a, struct str path);

#endif
