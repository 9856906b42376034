/*
 * Keeper: identity/group.
 * Security: membership lends policies: who may write a group may give them to anyone.
 */
#include <stdio.h>

#include "vaultd/api/identity.h"
#include "vaultd/api/identity_fields.h"
#include "vaultd/keeper/packed.h"

/* ---- showing ---- */

static void
put_alias(const struct call *c, struct json_writer *w, const struct group *g)
{
	json_open_object(w, "alias");
	if (g->has_alias)
		identity_put_alias(c, w, &g->alias, g->id);
	json_close_object(w);
}

int
identity_show_group(struct call *c, const struct group *g, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct buf parents = BUF_INIT;
	struct json_writer w;

	if (groups_holding(&s, g->id, &parents, err) != 0)
		return -1;
	w = reply_data(c);
	put_alias(c, &w, g);
	identity_put_time(&w, "creation_time", g->created);
	json_put_str(&w, "id", g->id);
	identity_put_time(&w, "last_update_time", g->updated);
	identity_put_list(&w, "member_entity_ids", g->entities, !g->external);
	identity_put_list(&w, "member_group_ids", g->groups, false);
	identity_put_pairs(&w, "metadata", g->metadata, g->has_metadata);
	json_put_int(&w, "modify_index", (int64_t)g->modified);
	json_put_str(&w, "name", g->name);
	json_put_text(&w, "namespace_id", "root");
	identity_put_list(&w, "parent_group_ids", buf_str(&parents), false);
	identity_put_list(&w, "policies", g->policies, g->has_policies);
	json_put_text(&w, "type", g->external ? "external" : "internal");
	json_close_object(&w);
	buf_free(&parents);
	return 0;
}

/* ---- changing ---- */

static bool
touch(void *arg, struct str id)
{
	authority_touch(arg, id);
	return true;
}

int
identity_change_group(struct call *c, const struct group *old, const struct group *fresh,
    struct error *err)
{
	struct identities s = authority_identities(c->authority);
	static const struct group nothing;
	const struct group *was = old != NULL ? old : &nothing, *is = fresh ? fresh : &nothing;

	/* Who stays rests on the group; who comes does not yet. */
	if (old != NULL)
		authority_touch(c->authority, old->id);
	packed_difference(is->entities, was->entities, touch, c->authority);
	packed_difference(is->groups, was->groups, touch, c->authority);
	return groups_replace(&s, old, fresh, err);
}

static int
take_type(struct call *c, struct group *g, bool fresh)
{
	struct str type = { "", 0 };
	bool sent;

	if (field_text(c, "type", &type, &sent) != 0)
		return -1;
	if (!sent)
		return 0;
	if (!fresh && !str_is(type, g->external ? "external" : "internal"))
		return call_refuse(c, 400, "group type cannot be changed");
	g->external = str_is(type, "external");
	if (!g->external && type.len > 0 && !str_is(type, "internal"))
		return call_refuse(c, 400, "invalid group type \"%.*s\"", STR(type));
	return 0;
}

static int
take_name(struct call *c, struct group *g, struct str name, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct group named;
	char made[sizeof("group_") + UUID_TEXT];
	int found;
	bool other;

	if (name.len == 0 && g->name.len > 0)
		return 0;
	snprintf(made, sizeof(made), "group_%.*s", STR(g->id));
	g->name = name.len > 0 ? name : arena_copy(c->arena, str_of(made));
	found = identity_found(groups_by_name(&s, g->name, &named, &why), &why, err);
	if (found != 1)
		return found;
	other = !str_equal(named.id, g->id);
	group_free(&named);
	return other ? call_refuse(c, 400, "group name is already in use") : 0;
}

/* ---- writing ---- */

/* Fields that are not sent stay. */
static int
take_fields(struct call *c, struct group *g, bool fresh, struct str name, struct error *err)
{
	bool policies, metadata;

	if (identity_field_policies(c, &g->policies, &policies) != 0 ||
	    take_type(c, g, fresh) != 0 || take_name(c, g, name, err) != 0 ||
	    identity_field_pairs(c, "metadata", &g->metadata, &metadata) != 0)
		return -1;
	g->has_policies = g->has_policies || policies;
	g->has_metadata = g->has_metadata || metadata;
	return identity_take_members(c, g, err);
}

/* old: NULL, a new one. */
static int
write_group(struct call *c, const struct group *old, struct str name, struct error *err)
{
	struct group fresh = { .modified = 0 };
	struct json_writer w;

	if (old != NULL) {
		fresh = *old;
	} else {
		fresh.id = identity_new_id(c);
		fresh.created = c->now;
	}
	fresh.updated = c->now;
	fresh.modified++;
	if (take_fields(c, &fresh, old == NULL, name, err) != 0 ||
	    identity_change_group(c, old, &fresh, err) != 0)
		return -1;
	if (old != NULL)
		return 0;
	w = reply_data(c);
	json_put_str(&w, "id", fresh.id);
	json_put_str(&w, "name", fresh.name);
	json_close_object(&w);
	return 0;
}

static int
write_by_id(struct call *c, struct str id, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct str name = { "", 0 };
	struct group old;
	int rc;

	if (identity_field_name(c, &name, NULL) != 0)
		return -1;
	if (id.len == 0)
		return call_refuse(c, 400, "empty group ID");
	rc = identity_found(groups_by_id(&s, id, &old, &why), &why, err);
	if (rc != 1)
		return rc < 0 ? -1 : call_refuse(c, 400, "invalid group ID");
	rc = write_group(c, &old, name, err);
	group_free(&old);
	return rc;
}

static int
write_by_name(struct call *c, struct str name, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct group old;
	int rc;

	if (name.len == 0)
		return call_refuse(c, 400, "empty group name");
	rc = identity_found(groups_by_name(&s, name, &old, &why), &why, err);
	if (rc != 1)
		return rc < 0 ? -1 : write_group(c, NULL, name, err);
	rc = write_group(c, &old, name, err);
	group_free(&old);
	return rc;
}

int
identity_group_write(struct call *c, struct error *err)
{
	struct str id = { "", 0 }, name = { "", 0 };
	bool by_id, by_name;

	if (field_text(c, "id", &id, &by_id) != 0 || identity_field_name(c, &name, &by_name) != 0)
		return -1;
	if (by_id)
		return write_by_id(c, id, err);
	return by_name ? write_by_name(c, name, err) : write_group(c, NULL, name, err);
}

int
identity_group_write_by_id(struct call *c, struct error *err)
{
	return write_by_id(c, c->parameter[0], err);
}

int
identity_group_write_by_name(struct call *c, struct error *err)
{
	return write_by_name(c, c->parameter[0], err);
}

/* ---- reading and deleting one ---- */

typedef int find_group(const struct identities *s, struct str key, struct group *g,
    struct error *err);

static int
read_found(struct call *c, find_group *find, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct group g;
	int rc = find(&s, c->parameter[0], &g, err);

	if (rc != 0)
		return -1;
	rc = identity_show_group(c, &g, err);
	group_free(&g);
	return rc;
}

int
identity_group_read_by_id(struct call *c, struct error *err)
{
	return read_found(c, groups_by_id, err);
}

int
identity_group_read_by_name(struct call *c, struct error *err)
{
	return read_found(c, groups_by_name, err);
}

/* Also when there is none. */
static int
delete_found(struct call *c, find_group *find, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct group g;
	int rc = identity_found(find(&s, c->parameter[0], &g, &why), &why, err);
	struct exchange x = { { "", 0 }, { "", 0 }, c->now };

	if (rc != 1)
		return rc;
	x.id = g.id;
	rc = groups_exchange(&s, &x, err) == 0 ? identity_change_group(c, &g, NULL, err) : -1;
	group_free(&g);
	return rc;
}

int
identity_group_delete_by_id(struct call *c, struct error *err)
{
	return delete_found(c, groups_by_id, err);
}

int
identity_group_delete_by_name(struct call *c, struct error *err)
{
	return delete_found(c, groups_by_name, err);
}

/* ---- listing ---- */

struct group_listing {
	struct listing l;
	const struct identities *s;
	struct error *err;
	bool failed;
};

static bool
list_id(void *arg, const struct group *g)
{
	struct group_listing *all = arg;
	struct listing *l = &all->l;
	struct buf parents = BUF_INIT;
	unsigned count;

	all->failed = groups_holding(all->s, g->id, &parents, all->err) != 0;
	count = packed_count(buf_str(&parents));
	buf_free(&parents);
	if (all->failed || !identity_list_add(l, g->id))
		return false;
	json_put_name(&l->told, g->id);
	json_open_object(&l->told, NULL);
	json_put_str(&l->told, "name", g->name);
	json_put_int(&l->told, "num_member_entities", packed_count(g->entities));
	json_put_int(&l->told, "num_parent_groups", count);
	if (g->has_alias) {
		json_open_object(&l->told, "alias");
		json_put_str(&l->told, "id", g->alias.id);
		identity_put_alias_info(l->c, &l->told, &g->alias);
		json_close_object(&l->told);
	}
	json_close_object(&l->told);
	return true;
}

static bool
list_name(void *arg, const struct group *g)
{
	struct group_listing *all = arg;

	return identity_list_add(&all->l, g->name);
}

static int
list(struct call *c, group_visit *each, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct group_listing all = { .s = &s, .err = err };
	int rc;

	if (identity_list_begin(&all.l, c) != 0)
		return -1;
	rc = groups_list(&s, all.l.after, each, &all, err);
	return identity_list_end(&all.l, all.failed ? -1 : rc);
}

int
identity_group_list_ids(struct call *c, struct error *err)
{
	return list(c, list_id, err);
}

int
identity_group_list_names(struct call *c, struct error *err)
{
	return list(c, list_name, err);
}
