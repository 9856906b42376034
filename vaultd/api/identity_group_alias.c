/*
 * Keeper: identity/group-alias: what an auth mount calls an external group.
 */
#include <stdio.h>

#include "vaultd/api/identity.h"
#include "vaultd/api/identity_fields.h"

struct wish {
	struct str name, accessor, owner;
};

static int
read_wish(struct call *c, struct wish *w)
{
	*w = (struct wish){ { "", 0 }, { "", 0 }, { "", 0 } };
	if (identity_field_name(c, &w->name, NULL) != 0 ||
	    field_text(c, "mount_accessor", &w->accessor, NULL) != 0 ||
	    field_text(c, "canonical_id", &w->owner, NULL) != 0)
		return -1;
	if (w->name.len == 0)
		return call_refuse(c, 400, "missing alias name");
	if (w->accessor.len == 0)
		return call_refuse(c, 400, "missing mount_accessor");
	return 0;
}

/* The group that the alias shall have; 1: *to is it, 0: none was named. */
static int
find_owner(struct call *c, const struct wish *w, struct group *to, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	int found;

	if (w->owner.len == 0)
		return 0;
	found = identity_found(groups_by_id(&s, w->owner, to, &why), &why, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return call_refuse(c, 400, "invalid group ID given in 'canonical_id'");
	if (to->external)
		return 1;
	group_free(to);
	return call_refuse(c, 400, "alias can't be set on an internal group");
}

static int
check_name(struct call *c, const struct wish *w, struct str id, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct group other;
	bool taken;
	int found;

	if (identity_mount_of(c, w->accessor) == NULL)
		return call_refuse(c, 400, "invalid mount accessor \"%.*s\"", STR(w->accessor));
	found = groups_by_alias(&s, w->accessor, w->name, &other, &why);
	found = identity_found(found, &why, err);
	if (found != 1)
		return found;
	taken = !str_equal(other.alias.id, id);
	group_free(&other);
	return taken ? call_refuse(c, 400,
		    "combination of mount and group alias name is already in use") :
		       0;
}

/* The alias becomes that of `to`, which is written anew; NULL: of a new group. */
static int
give(struct call *c, const struct alias *a, const struct group *to, struct error *err)
{
	struct group fresh = { .external = true };
	char made[sizeof("group_") + UUID_TEXT];
	struct json_writer w;

	if (to != NULL) {
		fresh = *to;
	} else {
		fresh.id = identity_new_id(c);
		fresh.created = c->now;
		snprintf(made, sizeof(made), "group_%.*s", STR(fresh.id));
		fresh.name = str_of(made);
	}
	fresh.updated = c->now;
	fresh.modified++;
	fresh.has_alias = true;
	fresh.alias = *a;
	if (identity_change_group(c, to, &fresh, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_str(&w, "id", a->id);
	json_put_str(&w, "canonical_id", fresh.id);
	json_close_object(&w);
	return 0;
}

static int
take_away(struct call *c, const struct group *g, struct error *err)
{
	struct group left = *g;

	left.has_alias = false;
	left.updated = c->now;
	left.modified++;
	return identity_change_group(c, g, &left, err);
}

static int
create(struct call *c, const struct wish *w, struct error *err)
{
	struct alias a = { .id = identity_new_id(c), .accessor = w->accessor, .name = w->name,
		.created = c->now, .updated = c->now };
	struct group to;
	int named = find_owner(c, w, &to, err), rc = -1;

	if (named < 0)
		return -1;
	if (check_name(c, w, a.id, err) == 0)
		rc = give(c, &a, named == 1 ? &to : NULL, err);
	if (named == 1)
		group_free(&to);
	return rc;
}

/* g has the alias. */
static int
update(struct call *c, const struct wish *w, const struct group *g, struct error *err)
{
	struct alias a = g->alias;
	bool moves = w->owner.len > 0 && !str_equal(w->owner, g->id);
	struct group to;
	int rc;

	if (str_equal(a.name, w->name) && str_equal(a.accessor, w->accessor) && !moves)
		return 0;
	rc = moves ? find_owner(c, w, &to, err) : 0;
	if (rc < 0)
		return -1;
	a.name = w->name;
	a.accessor = w->accessor;
	a.updated = c->now;
	rc = check_name(c, w, a.id, err);
	if (rc == 0 && moves)
		rc = take_away(c, g, err);
	if (rc == 0)
		rc = give(c, &a, moves ? &to : g, err);
	if (moves)
		group_free(&to);
	return rc;
}

static int
write_by_id(struct call *c, struct str id, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct group g;
	struct wish w;
	int rc;

	if (id.len == 0)
		return call_refuse(c, 400, "empty group alias ID");
	rc = identity_found(groups_by_alias_id(&s, id, &g, &why), &why, err);
	if (rc != 1)
		return rc < 0 ? -1 : call_refuse(c, 400, "invalid group alias ID");
	rc = read_wish(c, &w) == 0 ? update(c, &w, &g, err) : -1;
	group_free(&g);
	return rc;
}

int
identity_group_alias_write(struct call *c, struct error *err)
{
	struct str id = { "", 0 };
	struct wish w;
	bool by_id;

	if (field_text(c, "id", &id, &by_id) != 0)
		return -1;
	if (by_id)
		return write_by_id(c, id, err);
	return read_wish(c, &w) == 0 ? create(c, &w, err) : -1;
}

int
identity_group_alias_write_by_id(struct call *c, struct error *err)
{
	return write_by_id(c, c->parameter[0], err);
}

int
identity_group_alias_read(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct json_writer w;
	struct group g;

	if (groups_by_alias_id(&s, c->parameter[0], &g, err) != 0)
		return -1;
	w = reply_data(c);
	identity_put_alias(c, &w, &g.alias, g.id);
	json_put_null(&w, "custom_metadata");
	json_put_bool(&w, "local", false);
	json_put_text(&w, "namespace_id", "root");
	json_close_object(&w);
	group_free(&g);
	return 0;
}

/* Also when there is none. */
int
identity_group_alias_delete(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct error why = ERROR_INIT;
	struct group g;
	int rc = identity_found(groups_by_alias_id(&s, c->parameter[0], &g, &why), &why, err);

	if (rc != 1)
		return rc;
	rc = take_away(c, &g, err);
	group_free(&g);
	return rc;
}

static bool
list_alias(void *arg, const struct group *g)
{
	struct listing *l = arg;

	if (!g->has_alias)
		return true;
	if (!identity_list_add(l, g->alias.id))
		return false;
	json_put_name(&l->told, g->alias.id);
	json_open_object(&l->told, NULL);
	identity_put_alias_info(l->c, &l->told, &g->alias);
	json_put_str(&l->told, "canonical_id", g->id);
	json_close_object(&l->told);
	return true;
}

int
identity_group_alias_list(struct call *c, struct error *err)
{
	struct identities s = authority_identities(c->authority);
	struct listing l;

	if (identity_list_begin(&l, c) != 0)
		return -1;
	return identity_list_end(&l, groups_list(&s, (struct str){ "", 0 }, list_alias, &l, err));
}
