/*
 * Keeper: identity/lookup: an entity or group by whatever names it.
 */
#include "vaultd/api/identity.h"

struct query {
	struct str id, name, alias_id, alias_name, accessor;
};

/* One thing to look for: one field, or the two that name an alias. */
static int
read_query(struct call *c, struct query *q)
{
	struct {
		const char *name;
		struct str *value;
	} fields[] = { { "id", &q->id }, { "name", &q->name }, { "alias_id", &q->alias_id },
		{ "alias_name", &q->alias_name }, { "alias_mount_accessor", &q->accessor } };
	unsigned sent = 0;
	bool present;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		*fields[i].value = (struct str){ "", 0 };
		if (field_text(c, fields[i].name, fields[i].value, &present) != 0)
			return -1;
		sent += present;
	}
	if (sent == 0)
		return call_refuse(c, 400, "query parameter not supplied");
	if (sent == 1 && (q->alias_name.len > 0 || q->accessor.len > 0))
		return call_refuse(c, 400,
		    "both 'alias_name' and 'alias_mount_accessor' needs to be set");
	if (sent > 1 && (sent != 2 || q->alias_name.len == 0 || q->accessor.len == 0))
		return call_refuse(c, 400, "query parameter conflict; please supply distinct set "
		    "of query parameters");
	return 0;
}

static int
find_entity(const struct identities *s, const struct query *q, struct entity *e,
    struct error *err)
{
	if (q->id.len > 0)
		return entities_by_id(s, q->id, e, err);
	if (q->name.len > 0)
		return entities_by_name(s, q->name, e, err);
	if (q->alias_id.len > 0)
		return entities_by_alias_id(s, q->alias_id, e, err);
	return entities_by_alias(s, q->accessor, q->alias_name, e, err);
}

static int
find_group(const struct identities *s, const struct query *q, struct group *g,
    struct error *err)
{
	if (q->id.len > 0)
		return groups_by_id(s, q->id, g, err);
	if (q->name.len > 0)
		return groups_by_name(s, q->name, g, err);
	if (q->alias_id.len > 0)
		return groups_by_alias_id(s, q->alias_id, g, err);
	return groups_by_alias(s, q->accessor, q->alias_name, g, err);
}

int
identity_lookup_entity(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct query q;
	struct entity e;
	int found;

	if (read_query(c, &q) != 0)
		return -1;
	found = identity_found(find_entity(&s, &q, &e, &why), &why, err);
	return found == 1 ? identity_show_entity(c, &e, err) : found;
}

int
identity_lookup_group(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct query q;
	struct group g;
	int found;

	if (read_query(c, &q) != 0)
		return -1;
	found = identity_found(find_group(&s, &q, &g, &why), &why, err);
	if (found != 1)
		return found;
	found = identity_show_group(c, &g, err);
	group_free(&g);
	return found;
}
