/*
 * Keeper: identity/entity/merge: several entities become one.
 * Security: the callers of one get the policies of another.  Hence sudo.
 */
#include "vaultd/api/identity.h"
#include "vaultd/api/identity_fields.h"
#include "vaultd/keeper/packed.h"

struct merge {
	struct call *c;
	struct entity to;      /* as it is */
	struct entity fresh;   /* as it becomes; what it borrows beside is in the arena */
	struct str keep;       /* ids of aliases, of two that conflict: a set */
	struct buf merged;     /* ids of all that it is made of */
};

/* The alias as it will be: what it came from goes before it is written. */
static int
copy_alias(struct call *c, const struct alias *a, struct str owner, struct alias *to)
{
	struct buf from = BUF_INIT;

	buf_put_str(&from, a->merged_from);
	buf_put_block(&from, owner.at, owner.len);
	*to = (struct alias){ arena_copy(c->arena, a->id), arena_copy(c->arena, a->accessor),
		arena_copy(c->arena, a->name), a->created, c->now,
		arena_copy(c->arena, a->custom_metadata), arena_copy(c->arena, buf_str(&from)) };
	buf_free(&from);
	/* The last is the first that finds the arena full. */
	if (to->merged_from.at == NULL)
		return call_refuse(c, 413, "http: request body too large");
	return 0;
}

static int
refuse_clash(struct merge *m, const struct entity *from, const struct alias *ours,
    const struct alias *theirs)
{
	if (m->keep.len > 0)
		return call_refuse(m->c, 400,
		    "conflicting mount accessors in following alias IDs and neither were present "
		    "in conflicting_alias_ids_to_keep: %.*s, %.*s",
		    STR(theirs->id), STR(ours->id));
	return call_refuse(m->c, 400,
	    "2 errors occurred:\n\t* toEntity and at least one fromEntity have aliases with the "
	    "same mount accessor, repeat the merge request specifying exactly one fromEntity, "
	    "clashes: \n\t* mountAccessor: %.*s, toEntity ID: %.*s, fromEntity ID: %.*s, "
	    "conflicting toEntity alias ID: %.*s, conflicting fromEntity alias ID: %.*s\n\n",
	    STR(ours->accessor), STR(m->to.id), STR(from->id), STR(ours->id), STR(theirs->id));
}

static int
take_alias(struct merge *m, const struct entity *from, const struct alias *a)
{
	struct alias *ours = entity_alias_at(&m->fresh, a->accessor);
	struct call *c = m->c;

	if (ours != NULL && packed_has(m->keep, ours->id))
		return 0;
	if (ours != NULL && !packed_has(m->keep, a->id))
		return refuse_clash(m, from, ours, a);
	if (ours == NULL) {
		if (m->fresh.alias_count == ENTITY_ALIASES)
			return call_refuse(c, 400, "an entity has at most %d aliases",
			    ENTITY_ALIASES);
		ours = &m->fresh.aliases[m->fresh.alias_count++];
	}
	return copy_alias(c, a, from->id, ours);
}

static int
take_entity(struct merge *m, const struct entity *from, struct error *err)
{
	for (unsigned i = 0; i < from->alias_count; i++)
		if (take_alias(m, from, &from->aliases[i]) != 0)
			return -1;
	buf_put_str(&m->merged, from->merged);
	buf_put_block(&m->merged, from->id.at, from->id.len);
	return identity_drop_entity(m->c, from, m->to.id, err);
}

static int
take_id(struct merge *m, struct str id, struct error *err)
{
	struct identities s = authority_identities(m->c->authority);
	struct error why = ERROR_INIT;
	struct entity from;
	int rc;

	if (str_equal(id, m->to.id))
		return call_refuse(m->c, 400,
		    "to_entity_id should not be present in from_entity_ids");
	rc = identity_found(entities_by_id(&s, id, &from, &why), &why, err);
	if (rc != 1)
		return rc < 0 ? -1 : call_refuse(m->c, 400, "entity id to merge from is invalid");
	rc = take_entity(m, &from, err);
	entity_free(&from);
	return rc;
}

static int
merge(struct merge *m, struct str from, struct error *err)
{
	struct str id;

	m->fresh = m->to;
	m->fresh.updated = m->c->now;
	buf_put_str(&m->merged, m->to.merged);
	while (packed_next(&from, &id))
		if (take_id(m, id, err) != 0)
			return -1;
	m->fresh.merged = buf_str(&m->merged);
	identity_change_entity(m->c, &m->to, &m->fresh);
	return 0;
}

int
identity_entity_merge(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct merge m = { .c = c };
	struct error why = ERROR_INIT;
	struct str to = { "", 0 }, from = { "", 0 };
	bool sent, keeps;
	int rc;

	if (field_text(c, "to_entity_id", &to, NULL) != 0 ||
	    identity_field_set(c, "from_entity_ids", false, &from, &sent) != 0 ||
	    identity_field_set(c, "conflicting_alias_ids_to_keep", false, &m.keep, &keeps) != 0)
		return -1;
	if (to.len == 0)
		return call_refuse(c, 400, "missing entity id to merge to");
	if (from.len == 0)
		return call_refuse(c, 400, "missing entity ids to merge from");
	if (packed_count(from) > 1 && packed_count(m.keep) > 1)
		return call_refuse(c, 400, "aliases conflicts cannot be resolved with multiple "
		    "from entity ids - merge one entity at a time");
	rc = identity_found(entities_by_id(&s, to, &m.to, &why), &why, err);
	if (rc != 1)
		return rc < 0 ? -1 : call_refuse(c, 400, "entity id to merge to is invalid");
	rc = merge(&m, from, err);
	entity_free(&m.to);
	buf_free(&m.merged);
	return rc;
}
