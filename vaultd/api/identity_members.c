/*
 * Keeper: who may become a member of a group.
 */
#include "vaultd/api/identity.h"
#include "vaultd/api/identity_fields.h"
#include "vaultd/keeper/packed.h"

/* Who becomes a member must be there, and no longer only virtual. */
static int
check_entities(struct call *c, struct str ids, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct str id;

	while (packed_next(&ids, &id)) {
		struct error why = ERROR_INIT;
		struct entity e;
		int found = identity_found(entities_by_id(&s, id, &e, &why), &why, err);

		if (found < 0)
			return -1;
		if (found == 0)
			return call_refuse(c, 400, "invalid entity ID \"%.*s\"", STR(id));
		if (!e.stored)
			identity_change_entity(c, &e, &e);
		entity_free(&e);
	}
	return 0;
}

/* No group may hold itself, through others either. */
static int
check_groups(struct call *c, const struct group *g, struct str ids, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct buf above = BUF_INIT;
	int rc = groups_above(&s, g->id, &above, err);
	struct str id;

	while (rc == 0 && packed_next(&ids, &id)) {
		struct error why = ERROR_INIT;
		struct group member;
		int found = identity_found(groups_by_id(&s, id, &member, &why), &why, err);

		if (found == 1)
			group_free(&member);
		if (found < 0)
			rc = -1;
		else if (str_equal(id, g->id))
			rc = call_refuse(c, 400,
			    "member group ID \"%.*s\" is same as the ID of the group", STR(id));
		else if (found == 0)
			rc = call_refuse(c, 400, "invalid group ID \"%.*s\"", STR(id));
		else if (packed_has(buf_str(&above), id))
			rc = call_refuse(c, 400,
			    "cyclic relationship detected for member group ID \"%.*s\"", STR(id));
	}
	buf_free(&above);
	return rc;
}

int
identity_take_members(struct call *c, struct group *g, struct error *err)
{
	bool entities, groups;

	if (identity_field_set(c, "member_entity_ids", false, &g->entities, &entities) != 0 ||
	    identity_field_set(c, "member_group_ids", false, &g->groups, &groups) != 0)
		return -1;
	if (g->external && entities)
		return call_refuse(c, 400,
		    "member entities can't be set manually for external groups");
	if (g->external && groups)
		return call_refuse(c, 400, "member groups can't be set for external groups");
	if (entities && check_entities(c, g->entities, err) != 0)
		return -1;
	return groups ? check_groups(c, g, g->groups, err) : 0;
}
