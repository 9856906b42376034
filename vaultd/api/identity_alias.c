/*
 * Keeper: identity/entity-alias: names at mounts that stand for an entity.
 * Security: whose alias is put to an entity gets its policies.
 */
#include "vaultd/api/identity.h"
#include "vaultd/api/identity_fields.h"
#include "vaultd/keeper/virtual.h"

/* What is asked for; empty: not sent. */
struct wish {
	struct str id, name, accessor, owner;
	struct str custom;
	bool has_custom;
};

static int
read_wish(struct call *c, struct wish *w)
{
	static const struct str nothing = { "", 0 };

	*w = (struct wish){ nothing, nothing, nothing, nothing, nothing, false };
	if (identity_field_name(c, &w->name, NULL) != 0 ||
	    field_text(c, "id", &w->id, NULL) != 0 ||
	    field_text(c, "mount_accessor", &w->accessor, NULL) != 0 ||
	    field_text(c, "entity_id", &w->owner, NULL) != 0 ||
	    field_text(c, "canonical_id", &w->owner, NULL) != 0)
		return -1;
	return identity_field_pairs(c, "custom_metadata", &w->custom, &w->has_custom);
}

static int
answer(struct call *c, struct str id, struct str owner)
{
	struct json_writer w = reply_data(c);

	json_put_str(&w, "id", id);
	json_put_str(&w, "canonical_id", owner);
	json_close_object(&w);
	return 0;
}

static int
refuse_accessor(struct call *c, struct str accessor)
{
	return call_refuse(c, 400, "invalid mount accessor \"%.*s\"", STR(accessor));
}

/* One more for e. */
static int
add_alias(struct call *c, struct entity *e, const struct alias *a)
{
	if (e->alias_count == ENTITY_ALIASES)
		return call_refuse(c, 400, "an entity has at most %d aliases", ENTITY_ALIASES);
	e->aliases[e->alias_count++] = *a;
	return 0;
}

static void
remove_alias(struct entity *e, struct str id)
{
	struct alias *a = entity_alias_by_id(e, id);

	if (a != NULL)
		*a = e->aliases[--e->alias_count];
}

/* ---- a new one ---- */

static int
create(struct call *c, const struct wish *w, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct alias a = { .id = identity_new_id(c), .accessor = w->accessor, .name = w->name,
		.created = c->now, .updated = c->now, .custom_metadata = w->custom };
	struct entity old = { .stored = false }, fresh;
	char made[VIRTUAL_NAME];
	int there = 0, rc = -1;

	if (w->owner.len > 0)
		there = identity_found(entities_by_id(&s, w->owner, &old, &why), &why, err);
	if (there < 0 || (w->owner.len > 0 && there == 0))
		return there < 0 ? -1 : call_refuse(c, 400, "invalid canonical ID");
	fresh = old;
	fresh.updated = c->now;
	if (there == 0) {
		fresh.id = identity_new_id(c);
		fresh.created = c->now;
		virtual_name(fresh.id, made);
		fresh.name = str_of(made);
	}
	if (entity_alias_at(&fresh, w->accessor) != NULL) {
		call_refuse(c, 400,
		    "Alias already exists for requested entity and mount accessor");
		goto out;
	}
	if (add_alias(c, &fresh, &a) != 0)
		goto out;
	identity_change_entity(c, there == 1 ? &old : NULL, &fresh);
	rc = answer(c, a.id, fresh.id);
out:
	entity_free(&old);
	return rc;
}

/* ---- one that is there ---- */

/* Whether it may have that name at that mount. */
static int
check_name(struct call *c, const struct alias *a, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct entity other;
	bool taken;
	int found;

	if (identity_mount_of(c, a->accessor) == NULL)
		return refuse_accessor(c, a->accessor);
	found = entities_by_alias(&s, a->accessor, a->name, &other, &why);
	found = identity_found(found, &why, err);
	if (found != 1)
		return found;
	taken = entity_alias_by_id(&other, a->id) == NULL;
	entity_free(&other);
	return taken ? call_refuse(c, 400,
		    "alias with combination of mount accessor and name already exists") :
		       0;
}

/* It stays with its entity. */
static int
change(struct call *c, const struct entity *e, const struct alias *a)
{
	struct entity fresh = *e;

	if (!str_equal(entity_alias_by_id(&fresh, a->id)->accessor, a->accessor) &&
	    entity_alias_at(&fresh, a->accessor) != NULL)
		return call_refuse(c, 400, "Alias cannot be updated as the entity already has an "
		    "alias for the given 'mount_accessor' ");
	*entity_alias_by_id(&fresh, a->id) = *a;
	fresh.updated = c->now;
	identity_change_entity(c, e, &fresh);
	return answer(c, a->id, e->id);
}

/* It goes to another. */
static int
move(struct call *c, const struct entity *e, const struct alias *a, struct str owner,
    struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct entity to, left = *e, fresh;
	int found = identity_found(entities_by_id(&s, owner, &to, &why), &why, err), rc = -1;

	if (found != 1)
		return found < 0 ? -1 :
				   call_refuse(c, 400,
				       "given 'canonical_id' is not associated with an entity");
	fresh = to;
	fresh.updated = left.updated = c->now;
	if (entity_alias_at(&to, a->accessor) != NULL) {
		call_refuse(c, 400, "Alias cannot be updated as the given entity already has an "
		    "alias for this mount ");
		goto out;
	}
	if (add_alias(c, &fresh, a) != 0)
		goto out;
	remove_alias(&left, a->id);
	identity_change_entity(c, e, e->stored ? &left : NULL);
	identity_change_entity(c, &to, &fresh);
	rc = answer(c, a->id, fresh.id);
out:
	entity_free(&to);
	return rc;
}

static bool
is_same(const struct alias *a, const struct alias *b)
{
	return str_equal(a->name, b->name) && str_equal(a->accessor, b->accessor) &&
	    str_equal(a->custom_metadata, b->custom_metadata);
}

static int
update(struct call *c, const struct wish *w, struct entity *e, const struct alias *old,
    struct error *err)
{
	bool moves = w->owner.len > 0 && !str_equal(w->owner, e->id);
	struct alias a = *old;

	if (w->name.len > 0)
		a.name = w->name;
	if (w->accessor.len > 0)
		a.accessor = w->accessor;
	/* By its names it is as if it were new: what is not sent is empty. */
	if (w->has_custom || w->id.len == 0)
		a.custom_metadata = w->custom;
	if (is_same(&a, old) && !moves)
		return 0;
	a.updated = c->now;
	if (!is_same(&a, old) && check_name(c, &a, err) != 0)
		return -1;
	return moves ? move(c, e, &a, w->owner, err) : change(c, e, &a);
}

static int
write_by_id(struct call *c, const struct wish *w, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct entity e;
	int rc = identity_found(entities_by_alias_id(&s, w->id, &e, &why), &why, err);

	if (rc != 1)
		return rc < 0 ? -1 : call_refuse(c, 400, "invalid alias ID provided");
	rc = update(c, w, &e, entity_alias_by_id(&e, w->id), err);
	entity_free(&e);
	return rc;
}

static int
write_by_name(struct call *c, const struct wish *w, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct entity e;
	int rc;

	if (w->accessor.len == 0 || w->name.len == 0)
		return call_refuse(c, 400,
		    "'id' or 'mount_accessor' and 'name' must be provided");
	if (identity_mount_of(c, w->accessor) == NULL)
		return refuse_accessor(c, w->accessor);
	rc = identity_found(entities_by_alias(&s, w->accessor, w->name, &e, &why), &why, err);
	if (rc != 1)
		return rc < 0 ? -1 : create(c, w, err);
	rc = update(c, w, &e, entity_alias_at(&e, w->accessor), err);
	entity_free(&e);
	return rc;
}

int
identity_alias_write(struct call *c, struct error *err)
{
	struct wish w;

	if (read_wish(c, &w) != 0)
		return -1;
	return w.id.len > 0 ? write_by_id(c, &w, err) : write_by_name(c, &w, err);
}

int
identity_alias_write_by_id(struct call *c, struct error *err)
{
	struct wish w;

	if (read_wish(c, &w) != 0)
		return -1;
	w.id = c->parameter[0];
	return write_by_id(c, &w, err);
}

/* ---- reading, deleting, listing ---- */

static void
put_alias(const struct call *c, struct json_writer *w, const struct alias *a, struct str owner)
{
	identity_put_alias(c, w, a, owner);
	identity_put_pairs(w, "custom_metadata", a->custom_metadata, true);
	json_put_bool(w, "local", false);
	json_put_text(w, "namespace_id", "root");
}

int
identity_alias_read(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct json_writer w;
	struct entity e;

	if (entities_by_alias_id(&s, c->parameter[0], &e, err) != 0)
		return -1;
	w = reply_data(c);
	put_alias(c, &w, entity_alias_by_id(&e, c->parameter[0]), e.id);
	json_close_object(&w);
	entity_free(&e);
	return 0;
}

/* An entity that was worked out from its alias goes with it. */
int
identity_alias_delete(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct entity e, left;
	int rc = identity_found(entities_by_alias_id(&s, c->parameter[0], &e, &why), &why, err);

	if (rc != 1)
		return rc;
	left = e;
	left.updated = c->now;
	remove_alias(&left, c->parameter[0]);
	identity_change_entity(c, &e, e.stored ? &left : NULL);
	entity_free(&e);
	return 0;
}

static bool
list_aliases(void *arg, const struct entity *e)
{
	struct listing *l = arg;

	for (unsigned i = 0; i < e->alias_count; i++) {
		const struct alias *a = &e->aliases[i];

		if (!identity_list_add(l, a->id))
			return false;
		json_put_name(&l->told, a->id);
		json_open_object(&l->told, NULL);
		identity_put_alias_info(l->c, &l->told, a);
		json_put_str(&l->told, "canonical_id", e->id);
		json_put_bool(&l->told, "local", false);
		identity_put_pairs(&l->told, "custom_metadata", a->custom_metadata, true);
		json_close_object(&l->told);
	}
	return true;
}

int
identity_alias_list(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct str all = { "", 0 };
	struct listing l;

	if (identity_list_begin(&l, c) != 0)
		return -1;
	return identity_list_end(&l, entities_list(&s, all, list_aliases, &l, err));
}
