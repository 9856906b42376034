/*
 * Keeper: identity/entity.
 */
#include "vaultd/api/identity.h"
#include "vaultd/api/identity_fields.h"
#include "vaultd/keeper/standing.h"
#include "vaultd/keeper/virtual.h"

/* ---- showing ---- */

static void
put_group_ids(struct json_writer *w, const char *name, const struct standing *s, unsigned from,
    unsigned to)
{
	json_open_array(w, name);
	for (unsigned i = from; i < to; i++)
		json_put_str(w, NULL, s->groups[i].id);
	json_close_array(w);
}

static void
put_aliases(const struct call *c, struct json_writer *w, const struct entity *e)
{
	json_open_array(w, "aliases");
	for (unsigned i = 0; i < e->alias_count; i++) {
		json_open_object(w, NULL);
		identity_put_alias(c, w, &e->aliases[i], e->id);
		identity_put_pairs(w, "custom_metadata", e->aliases[i].custom_metadata, true);
		json_put_bool(w, "local", false);
		json_close_object(w);
	}
	json_close_array(w);
}

int
identity_show_entity(struct call *c, struct entity *e, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct standing standing;
	struct json_writer w;

	if (standing_of_entity(&s, e, &standing, err) != 0)
		return -1;
	e = &standing.entity;
	w = reply_data(c);
	put_aliases(c, &w, e);
	identity_put_time(&w, "creation_time", e->created);
	put_group_ids(&w, "direct_group_ids", &standing, 0, standing.direct);
	json_put_bool(&w, "disabled", e->disabled);
	put_group_ids(&w, "group_ids", &standing, 0, standing.group_count);
	json_put_str(&w, "id", e->id);
	put_group_ids(&w, "inherited_group_ids", &standing, standing.direct,
	    standing.group_count);
	identity_put_time(&w, "last_update_time", e->updated);
	identity_put_list(&w, "merged_entity_ids", e->merged, false);
	identity_put_pairs(&w, "metadata", e->metadata, e->has_metadata);
	json_put_str(&w, "name", e->name);
	json_put_text(&w, "namespace_id", "root");
	identity_put_list(&w, "policies", e->policies, true);
	json_close_object(&w);
	standing_free(&standing);
	return 0;
}

/* ---- changing ---- */

int
identity_found(int rc, const struct error *why, struct error *err)
{
	if (rc == 0)
		return 1;
	return why->code == ERR_NOT_FOUND ? 0 : error_set(err, why->code, "%s", why->text);
}

void
identity_change_entity(struct call *c, const struct entity *old, const struct entity *fresh)
{
	struct identities s = authority_identities(c->authority);
	struct entity now;

	/* Whose alias comes here has another entity until now. */
	for (unsigned i = 0; fresh != NULL && i < fresh->alias_count; i++) {
		if (!str_equal(fresh->aliases[i].accessor, s.accessor) ||
		    entities_of_caller(&s, fresh->aliases[i].name, &now, NULL) != 0)
			continue;
		authority_touch(c->authority, now.id);
		entity_free(&now);
	}
	if (old != NULL)
		authority_touch(c->authority, old->id);
	entities_replace(&s, old, fresh);
}

int
identity_drop_entity(struct call *c, const struct entity *e, struct str by, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct exchange x = { e->id, by, c->now };

	if (groups_exchange(&s, &x, err) != 0)
		return -1;
	identity_change_entity(c, e, NULL);
	return 0;
}

/*
 * The entity that is meant: by id, if one is sent, else by name.  1: *old is it, 0: none; a name
 * that another has is refused.
 */
static int
find_meant(struct call *c, struct str id, struct str name, struct entity *old,
    struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error no_id = ERROR_INIT, no_name = ERROR_INIT;
	struct entity named;
	int by_id = 0, by_name = 0;

	if (id.len > 0)
		by_id = identity_found(entities_by_id(&s, id, old, &no_id), &no_id, err);
	if (by_id < 0 || (id.len > 0 && by_id == 0))
		return by_id < 0 ? -1 : call_refuse(c, 400, "entity not found from id");
	if (name.len > 0) {
		by_name = entities_by_name(&s, name, &named, &no_name);
		by_name = identity_found(by_name, &no_name, err);
	}
	if (by_name == 1 && by_id == 0) {
		*old = named;
		return 1;
	}
	if (by_name == 1) {
		if (!str_equal(named.id, old->id))
			by_name = call_refuse(c, 400, "entity name is already in use");
		entity_free(&named);
	}
	if (by_name < 0 && by_id == 1)
		entity_free(old);
	return by_name < 0 ? -1 : by_id;
}

static int
take_name(struct call *c, struct entity *e, struct str name)
{
	char made[VIRTUAL_NAME];

	if (name.len > 0 && !virtual_name_fits(name, e->id))
		return call_refuse(c, 400, "entity name is already in use");
	if (name.len > 0)
		e->name = name;
	if (e->name.len > 0)
		return 0;
	virtual_name(e->id, made);
	e->name = arena_copy(c->arena, str_of(made));
	return 0;
}

/* Fields that are not sent stay. */
static int
take_fields(struct call *c, struct entity *e)
{
	bool sent;

	if (identity_field_policies(c, &e->policies, &sent) != 0 ||
	    field_bool(c, "disabled", &e->disabled, &sent) != 0 ||
	    identity_field_pairs(c, "metadata", &e->metadata, &sent) != 0)
		return -1;
	e->has_metadata = e->has_metadata || sent;
	return 0;
}

static int
write_entity(struct call *c, struct str id, struct str name, struct error *err)
{
	struct entity old = { .stored = false }, fresh;
	int there = find_meant(c, id, name, &old, err), rc = -1;
	struct json_writer w;

	if (there < 0)
		return -1;
	fresh = old;
	fresh.updated = c->now;
	if (there == 0) {
		fresh.id = identity_new_id(c);
		fresh.created = c->now;
	}
	if (take_name(c, &fresh, name) != 0 || take_fields(c, &fresh) != 0)
		goto out;
	identity_change_entity(c, there == 1 ? &old : NULL, &fresh);
	if (there == 0) {
		w = reply_data(c);
		json_put_str(&w, "id", fresh.id);
		json_put_str(&w, "name", fresh.name);
		json_put_null(&w, "aliases");
		json_close_object(&w);
	}
	rc = 0;
out:
	entity_free(&old);
	return rc;
}

int
identity_entity_write(struct call *c, struct error *err)
{
	struct str id = { "", 0 }, name = { "", 0 };

	if (field_text(c, "id", &id, NULL) != 0 || identity_field_name(c, &name, NULL) != 0)
		return -1;
	return write_entity(c, id, name, err);
}

int
identity_entity_write_by_id(struct call *c, struct error *err)
{
	struct str name = { "", 0 };

	if (identity_field_name(c, &name, NULL) != 0)
		return -1;
	return write_entity(c, c->parameter[0], name, err);
}

int
identity_entity_write_by_name(struct call *c, struct error *err)
{
	struct str id = { "", 0 };

	if (field_text(c, "id", &id, NULL) != 0)
		return -1;
	return write_entity(c, id, c->parameter[0], err);
}

/* ---- reading and deleting one ---- */

int
identity_entity_read_by_id(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct entity e;

	return entities_by_id(&s, c->parameter[0], &e, err) == 0 ?
	    identity_show_entity(c, &e, err) :
	    -1;
}

int
identity_entity_read_by_name(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct entity e;

	return entities_by_name(&s, c->parameter[0], &e, err) == 0 ?
	    identity_show_entity(c, &e, err) :
	    -1;
}

typedef int find_entity(const struct identities *s, struct str key, struct entity *e,
    struct error *err);

/* Also when there is none. */
static int
delete_found(struct call *c, find_entity *find, struct str key, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct entity e;
	int rc = identity_found(find(&s, key, &e, &why), &why, err);

	if (rc <= 0)
		return rc;
	rc = identity_drop_entity(c, &e, (struct str){ "", 0 }, err);
	entity_free(&e);
	return rc;
}

int
identity_entity_delete_by_id(struct call *c, struct error *err)
{
	return delete_found(c, entities_by_id, c->parameter[0], err);
}

int
identity_entity_delete_by_name(struct call *c, struct error *err)
{
	return delete_found(c, entities_by_name, c->parameter[0], err);
}

int
identity_entity_delete_many(struct call *c, struct error *err)
{
	struct str *ids;
	unsigned count;

	if (field_list(c, "entity_ids", &ids, &count, NULL) != 0)
		return -1;
	if (count == 0)
		return call_refuse(c, 400, "missing entity ids to delete");
	for (unsigned i = 0; i < count; i++)
		if (delete_found(c, entities_by_id, ids[i], err) != 0)
			return -1;
	return 0;
}

/* ---- listing ---- */

static bool
list_id(void *arg, const struct entity *e)
{
	struct listing *l = arg;

	if (!identity_list_add(l, e->id))
		return false;
	json_put_name(&l->told, e->id);
	json_open_object(&l->told, NULL);
	json_put_str(&l->told, "name", e->name);
	if (e->alias_count > 0)
		json_open_array(&l->told, "aliases");
	for (unsigned i = 0; i < e->alias_count; i++) {
		json_open_object(&l->told, NULL);
		json_put_str(&l->told, "id", e->aliases[i].id);
		identity_put_alias_info(l->c, &l->told, &e->aliases[i]);
		json_close_object(&l->told);
	}
	if (e->alias_count > 0)
		json_close_array(&l->told);
	json_close_object(&l->told);
	return true;
}

static bool
list_name(void *arg, const struct entity *e)
{
	return identity_list_add(arg, e->name);
}

static int
list(struct call *c, entity_visit *each, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct listing l;

	if (identity_list_begin(&l, c) != 0)
		return -1;
	return identity_list_end(&l, entities_list(&s, l.after, each, &l, err));
}

int
identity_entity_list_ids(struct call *c, struct error *err)
{
	return list(c, list_id, err);
}

int
identity_entity_list_names(struct call *c, struct error *err)
{
	return list(c, list_name, err);
}
