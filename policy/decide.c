/*
 * What the rule that applies to a path allows, in the keeper, for every request.
 * Security: the only answer to "may they?".  Whatever is not granted is refused.
 */
#include "policy/acl.h"

#include <stdio.h>

#include "policy/match.h"
#include "policy/parameters.h"

/* What each operation needs, and whether its body is held against parameters. */
static const struct {
	const char *name;
	unsigned capability;
	bool listing, parameters;
} operations[] = {
    [ACL_CREATE] = {"create", CAP_CREATE, false, true},
    [ACL_READ] = {"read", CAP_READ, false, true},
    [ACL_UPDATE] = {"update", CAP_UPDATE, false, true},
    [ACL_PATCH] = {"patch", CAP_PATCH, false, true},
    [ACL_DELETE] = {"delete", CAP_DELETE, false, false},
    [ACL_LIST] = {"list", CAP_LIST, true, false},
    [ACL_SCAN] = {"scan", CAP_SCAN, true, false},
    [ACL_HELP] = {"help", 0, false, false},
};

static struct str
without_slashes(struct str path)
{
	while (str_starts(path, "/"))
		path = str_from(path, 1);
	return path;
}

static bool
refuse(struct acl_verdict *v, const char *reason)
{
	snprintf(v->reason, sizeof v->reason, "%s", reason);
	return false;
}

/*
 * Rules merged from several policies may want a longer least than greatest time; that is never
 * met.  A limit of either kind wants the reply wrapped: ttl 0 is below any.
 */
static bool
wrapping_passes(const struct rule *rule, int64_t ttl, struct acl_verdict *v)
{
	int64_t least = rule->min_wrapping_ttl, most = rule->max_wrapping_ttl;

	if (least == 0 && most == 0)
		return true;
	if (ttl <= 0)
		return refuse(v, "the reply must be wrapped");
	if (ttl < least)
		return refuse(v, "the wrapping time is too short");
	if (most != 0 && ttl > most)
		return refuse(v, "the wrapping time is too long");
	return true;
}

static bool
grant_allows(const struct grant *g, const struct acl_request *r, struct acl_verdict *v)
{
	unsigned held = g->rule.capabilities;

	if ((held & CAP_DENY) != 0)
		return refuse(v, "the rule denies");
	if ((held & operations[r->operation].capability) == 0) {
		snprintf(
		    v->reason, sizeof v->reason, "lacks %s", operations[r->operation].name);
		return false;
	}
	if (r->sudo && (held & CAP_SUDO) == 0)
		return refuse(v, "lacks sudo");
	if (!wrapping_passes(&g->rule, r->wrap_ttl, v))
		return false;
	return !operations[r->operation].parameters ||
	       parameters_pass(&g->rule, r->body, v->reason, sizeof v->reason);
}

bool
acl_decide(const struct acl *a, const struct acl_request *r, struct acl_verdict *v)
{
	const struct grant *g;

	*v = (struct acl_verdict){.allowed = r->operation == ACL_HELP};
	if (v->allowed)
		return true;
	g = acl_find(a, without_slashes(r->path), operations[r->operation].listing);
	if (g == NULL)
		return refuse(v, "no rule matches");
	v->capabilities = g->rule.capabilities;
	v->rule = g->text;
	v->policy = g->policy;
	v->allowed = grant_allows(g, r, v);
	return v->allowed;
}

unsigned
acl_capabilities(const struct acl *a, struct str path)
{
	const struct grant *g = acl_find(a, without_slashes(path), true);

	return g == NULL || g->rule.capabilities == 0 ? CAP_DENY : g->rule.capabilities;
}

void
acl_each(const struct acl *a, acl_visit *each, void *arg)
{
	for (unsigned i = 0; i < a->exact_count; i++)
		each(arg, a->exact[i].rule.pattern, true, a->exact[i].rule.capabilities);
	for (unsigned i = 0; i < a->wild_count; i++)
		each(arg, a->wild[i].rule.pattern, false, a->wild[i].rule.capabilities);
}

static bool
any_reaches(const struct grant *grants, unsigned count, struct str path)
{
	for (unsigned i = 0; i < count; i++)
		if ((grants[i].rule.capabilities & ~(unsigned)CAP_DENY) != 0 &&
		    grant_reaches(&grants[i], path))
			return true;
	return false;
}

bool
acl_touches(const struct acl *a, struct str path)
{
	path = without_slashes(path);
	return acl_capabilities(a, path) != CAP_DENY ||
	       any_reaches(a->exact, a->exact_count, path) ||
	       any_reaches(a->wild, a->wild_count, path);
}
