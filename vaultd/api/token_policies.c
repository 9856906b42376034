/*
 * Keeper: which policies a new token has.
 * Security: nobody gives away more than he has, unless he has sudo on the path, or a role says
 * what may be given.
 */
#include "vaultd/api/token_making.h"

#include <string.h>

static struct names
role_names(const struct making *m, const char *member)
{
	struct names n = { .count = 0 };

	names_add_json(m->call->arena, &n, json_find(m->role, member));
	return n;
}

/* ["a" "b"], as Go prints it. */
static void
print_names(struct buf *out, const struct names *n)
{
	buf_put_text(out, "[");
	for (unsigned i = 0; i < n->count; i++)
		buf_printf(out, "%s\"%.*s\"", i > 0 ? " " : "", STR(n->list[i]));
	buf_put_text(out, "]");
}

static int
refuse_by_role(struct making *m, const struct names *allowed, const struct names *globs)
{
	struct buf text = BUF_INIT;

	buf_put_text(&text, "token policies (");
	print_names(&text, &m->policies);
	buf_put_text(&text, ") must be subset of the role's allowed policies (");
	print_names(&text, allowed);
	buf_put_text(&text, ") or glob policies (");
	print_names(&text, globs);
	buf_put_text(&text, ")");
	call_refuse(m->call, 400, "%.*s", STR(buf_str(&text)));
	buf_free(&text);
	return -1;
}

static void
add_own(struct making *m)
{
	const struct grant *g = m->call->grant;

	for (unsigned i = 0; i < g->policy_count; i++)
		names_add(m->call->arena, &m->policies, str_of(g->policies[i]));
}

/* A role that says which policies its tokens may have decides, whatever who asks has. */
static int
settle_by_role(struct making *m)
{
	struct arena *a = m->call->arena;
	struct names allowed = role_names(m, "allowed_policies");
	struct names globs = role_names(m, "allowed_policies_glob");
	struct names denied = role_names(m, "disallowed_policies");
	struct names denied_globs = role_names(m, "disallowed_policies_glob");
	bool restricts = allowed.count + globs.count > 0;
	bool with_default = !m->no_default && !names_have(&denied, str_of("default")) &&
	    !names_match(&denied_globs, str_of("default"));

	if (with_default && m->policies.count > 0)
		names_add(a, &m->policies, str_of("default"));
	if (with_default && allowed.count > 0)
		names_add(a, &allowed, str_of("default"));
	if (m->policies.count == 0 && restricts)
		m->policies = allowed;
	else if (m->policies.count == 0)
		add_own(m);
	for (unsigned i = 0; i < m->policies.count; i++) {
		struct str name = m->policies.list[i];

		if (restricts && !names_have(&allowed, name) && !names_match(&globs, name) &&
		    !(with_default && str_is(name, "default")))
			return refuse_by_role(m, &allowed, &globs);
		if (names_have(&denied, name) || names_match(&denied_globs, name))
			return call_refuse(m->call, 400,
			    "token policy \"%.*s\" is disallowed by this role", STR(name));
	}
	return 0;
}

static bool
role_decides(const struct making *m)
{
	static const char *const lists[] = { "allowed_policies", "allowed_policies_glob",
		"disallowed_policies", "disallowed_policies_glob" };

	for (size_t i = 0; m->role != NULL && i < sizeof(lists) / sizeof(*lists); i++) {
		const struct json *list = json_find(m->role, lists[i]);

		if (list != NULL && list->count > 0)
			return true;
	}
	return false;
}

static int
settle_by_caller(struct making *m)
{
	struct names own = { .count = 0 };
	const struct grant *g = m->call->grant;

	for (unsigned i = 0; i < g->policy_count; i++)
		names_add(m->call->arena, &own, str_of(g->policies[i]));
	if (m->policies.count == 0) {
		m->policies = own;
		return 0;
	}
	if (!m->sudo && !names_within(&m->policies, &own))
		return call_refuse(m->call, 400, "child policies must be subset of parent");
	if (!m->no_default && (m->sudo || names_have(&own, str_of("default"))))
		names_add(m->call->arena, &m->policies, str_of("default"));
	return 0;
}

int
making_settle_policies(struct making *m)
{
	struct call *c = m->call;

	/* Of all that are named, wherever they come from. */
	if (names_have(&m->policies, str_of("root")))
		return call_refuse(c, 400,
		    "root tokens may not be created without parent token being root");
	if (names_have(&m->policies, str_of("response-wrapping")))
		return call_refuse(c, 400, "cannot assign policy \"response-wrapping\"");
	if ((role_decides(m) ? settle_by_role(m) : settle_by_caller(m)) != 0)
		return -1;
	if (m->no_default)
		names_remove(&m->policies, "default");
	if (m->policies.lost > 0)
		return call_refuse(c, 400, "more than %d policies", CLAIMS_POLICIES);
	memcpy(m->claims.policies, m->policies.list, sizeof(m->claims.policies));
	m->claims.count = m->policies.count;
	return 0;
}

void
making_warn_of_policies(struct making *m)
{
	for (unsigned i = 0; i < m->policies.count; i++)
		if (authority_policy(m->call->authority, m->policies.list[i]) == NULL)
			call_warn(m->call, "Policy \"%.*s\" does not exist",
			    STR(m->policies.list[i]));
}
