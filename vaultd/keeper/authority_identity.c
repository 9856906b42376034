/*
 * Keeper: what entities and groups add to a grant, and when that has to be looked at again.
 */
#include "vaultd/keeper/authority_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vaultd/keeper/callers.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/standing.h"

struct identities
authority_identities(struct authority *a)
{
	authority_find_cert(a);
	return (struct identities){ vault_records(a->vault), vault_keyring(a->vault),
		str_of(a->cert_accessor), a->callers };
}

/* ---- what has changed ---- */

void
authority_touch(struct authority *a, struct str id)
{
	rests_add(&a->touched, id);
}

bool
authority_is_touched(const struct authority *a)
{
	return !rests_empty(&a->touched);
}

void
authority_settle(struct authority *a)
{
	if (!authority_is_touched(a))
		return;
	a->changes[a->settled++ % CHANGES] = a->touched;
	memset(&a->touched, 0, sizeof(a->touched));
}

bool
authority_holds(const struct authority *a, struct grant *g)
{
	if (g->epoch != a->epoch || a->settled - g->settled > CHANGES)
		return false;
	for (; g->settled < a->settled; g->settled++)
		if (rests_meet(&g->rests, &a->changes[g->settled % CHANGES]))
			return false;
	return true;
}

/* ---- templates ---- */

/* What they stand for in a caller's policies. */
struct caller_names {
	const struct authority *a;
	const struct identity *id;
	const struct standing *standing;
};

/* The one thing about an alias that only the certificate at hand says. */
static bool
asks_common_name(const struct authority *a, struct str expression)
{
	struct str accessor;

	if (!str_starts(expression, "identity.entity.aliases."))
		return false;
	expression = str_from(expression, strlen("identity.entity.aliases."));
	return str_cut(expression, '.', &accessor, &expression) &&
	    str_is(accessor, a->cert_accessor) && str_is(expression, "metadata.common_name");
}

static struct str
resolve(void *arg, struct str expression)
{
	struct caller_names *c = arg;

	if (asks_common_name(c->a, expression) && c->id->common_name.len > 0)
		return c->id->common_name;
	return standing_resolve(c->standing, expression);
}

/* ---- drawing up ---- */

static void
take_standing(struct grant *g, const struct standing *s)
{
	snprintf(g->entity, sizeof(g->entity), "%.*s", STR(s->entity.id));
	g->identity = calloc(s->policy_count + 1, sizeof(*g->identity));
	if (g->identity == NULL)
		fatal("no memory for a grant");
	for (; g->identity_count < s->policy_count; g->identity_count++)
		g->identity[g->identity_count] = str_copy(s->policies[g->identity_count]);
}

void
authority_take_identity(struct grant *g, const struct grant *like)
{
	memcpy(g->entity, like->entity, sizeof(g->entity));
	g->identity = calloc(like->identity_count + 1, sizeof(*g->identity));
	if (g->identity == NULL)
		fatal("no memory for a grant");
	for (; g->identity_count < like->identity_count; g->identity_count++)
		g->identity[g->identity_count] =
		    str_copy(str_of(like->identity[g->identity_count]));
}

/* What of identity, when it changes, has the grant drawn up anew. */
static void
rest(struct grant *g, const struct standing *s)
{
	rests_add(&g->rests, s->entity.id);
	for (unsigned i = 0; i < s->group_count; i++)
		rests_add(&g->rests, s->groups[i].id);
}

static void
merge_policies(struct authority *a, struct grant *g, const struct acl_template *names)
{
	const struct policy *p, **list =
	    calloc(g->policy_count + g->identity_count + 1, sizeof(*list));
	unsigned n = 0;

	if (list == NULL)
		fatal("no memory for a grant");
	for (unsigned i = 0; i < g->policy_count; i++)
		if ((p = authority_policy(a, str_of(g->policies[i]))) != NULL)
			list[n++] = p;
	for (unsigned i = 0; i < g->identity_count; i++)
		if ((p = authority_policy(a, str_of(g->identity[i]))) != NULL)
			list[n++] = p;
	g->acl = acl_new(list, n, names);
	free(list);
}

void
authority_merge(struct authority *a, struct grant *g, const struct identity *id, bool with_acl)
{
	struct identities s = authority_identities(a);
	struct standing standing;
	struct caller_names caller = { a, id, &standing };
	struct acl_template names = { resolve, &caller };
	struct error err = ERROR_INIT;

	if (standing_of_caller(&s, id->id, &standing, &err) != 0) {
		/* Not without what identity may have forbidden. */
		log_error("\"%.*s\" may do nothing: %s", STR(id->id), err.text);
		g->acl = acl_new(NULL, 0, NULL);
		g->epoch = 0;
		return;
	}
	rest(g, &standing);
	g->disabled = standing.entity.disabled && !authority_is_operator(a, id->id);
	if (!g->anonymous)
		take_standing(g, &standing);
	if (with_acl)
		merge_policies(a, g, g->anonymous ? NULL : &names);
	if (!standing.entity.stored)
		callers_note(a->callers, standing.entity.id, id->id, due_now());
	standing_free(&standing);
}
