/*
 * Keeper: what identity adds to a caller.
 */
#include "vaultd/keeper/standing.h"

#include <stdlib.h>
#include <string.h>

#include "vaultd/keeper/packed.h"

void
standing_free(struct standing *s)
{
	entity_free(&s->entity);
	for (unsigned i = 0; i < s->group_count; i++)
		group_free(&s->groups[i]);
	free(s->groups);
	free(s->policies);
	memset(s, 0, sizeof(*s));
}

/* ---- drawing it up ---- */

static int
read_groups(const struct identities *s, struct standing *out, struct error *err)
{
	struct buf direct = BUF_INIT, found = BUF_INIT;
	struct str rest, id;
	int rc = groups_holding(s, out->entity.id, &direct, err);

	if (rc == 0)
		rc = groups_above(s, out->entity.id, &found, err);
	out->direct = packed_count(buf_str(&direct));
	out->groups = calloc(packed_count(buf_str(&found)) + 1, sizeof(*out->groups));
	if (out->groups == NULL)
		fatal("no memory for the groups of a caller");
	rest = buf_str(&found);
	while (rc == 0 && packed_next(&rest, &id)) {
		rc = groups_by_id(s, id, &out->groups[out->group_count], err);
		out->group_count += rc == 0;
	}
	buf_free(&direct);
	buf_free(&found);
	return rc;
}

static int
by_text(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
gather(struct standing *s, struct str set)
{
	while (packed_next(&set, &s->policies[s->policy_count]))
		s->policy_count++;
}

static void
gather_policies(struct standing *s)
{
	size_t most = packed_count(s->entity.policies), kept = 0;

	for (unsigned i = 0; i < s->group_count; i++)
		most += packed_count(s->groups[i].policies);
	s->policies = calloc(most + 1, sizeof(*s->policies));
	if (s->policies == NULL)
		fatal("no memory for the policies of a caller");
	gather(s, s->entity.policies);
	for (unsigned i = 0; i < s->group_count; i++)
		gather(s, s->groups[i].policies);
	qsort(s->policies, s->policy_count, sizeof(*s->policies), by_text);
	for (unsigned i = 0; i < s->policy_count; i++)
		if (kept == 0 || !str_equal(s->policies[i], s->policies[kept - 1]))
			s->policies[kept++] = s->policies[i];
	s->policy_count = (unsigned)kept;
}

int
standing_of_entity(const struct identities *s, struct entity *e, struct standing *out,
    struct error *err)
{
	memset(out, 0, sizeof(*out));
	out->entity = *e;
	memset(e, 0, sizeof(*e));
	if (read_groups(s, out, err) != 0) {
		standing_free(out);
		return -1;
	}
	gather_policies(out);
	return 0;
}

int
standing_of_caller(const struct identities *s, struct str spiffe_id, struct standing *out,
    struct error *err)
{
	struct entity e;

	if (entities_of_caller(s, spiffe_id, &e, err) != 0)
		return -1;
	return standing_of_entity(s, &e, out, err);
}

/* ---- templates ---- */

static const struct str nothing;

/* Take a prefix off. */
static bool
take(struct str *expression, const char *prefix)
{
	if (!str_starts(*expression, prefix))
		return false;
	*expression = str_from(*expression, strlen(prefix));
	return true;
}

static struct str
resolve_alias(const struct standing *s, struct str what)
{
	const struct alias *a = NULL;
	struct str accessor;

	if (!str_cut(what, '.', &accessor, &what))
		return nothing;
	for (unsigned i = 0; i < s->entity.alias_count; i++)
		if (str_equal(s->entity.aliases[i].accessor, accessor))
			a = &s->entity.aliases[i];
	if (a == NULL)
		return nothing;
	if (str_is(what, "id"))
		return a->id;
	if (str_is(what, "name"))
		return a->name;
	return take(&what, "custom_metadata.") ? packed_value(a->custom_metadata, what) : nothing;
}

static struct str
resolve_entity(const struct standing *s, struct str what)
{
	if (str_is(what, "id"))
		return s->entity.id;
	if (str_is(what, "name"))
		return s->entity.name;
	if (take(&what, "metadata."))
		return packed_value(s->entity.metadata, what);
	return take(&what, "aliases.") ? resolve_alias(s, what) : nothing;
}

/* Only of groups that hold the caller. */
static struct str
resolve_group(const struct standing *s, struct str what)
{
	bool by_id = take(&what, "ids."), by_name = !by_id && take(&what, "names.");
	const struct group *g = NULL;
	struct str key;

	if ((!by_id && !by_name) || !str_cut(what, '.', &key, &what))
		return nothing;
	for (unsigned i = 0; i < s->group_count && g == NULL; i++)
		if (str_equal(by_id ? s->groups[i].id : s->groups[i].name, key))
			g = &s->groups[i];
	if (g == NULL)
		return nothing;
	if (str_is(what, "id"))
		return g->id;
	if (str_is(what, "name"))
		return g->name;
	return take(&what, "metadata.") ? packed_value(g->metadata, what) : nothing;
}

struct str
standing_resolve(const struct standing *s, struct str expression)
{
	if (take(&expression, "identity.entity."))
		return resolve_entity(s, expression);
	return take(&expression, "identity.groups.") ? resolve_group(s, expression) : nothing;
}
