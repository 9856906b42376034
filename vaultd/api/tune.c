/*
 * Keeper: tune and remount: what a mount says of itself, and where it is (vault-api 1.5).
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/api/mounts.h"
#include "vaultd/keeper/target.h"

static struct str
asked_path(struct call *c)
{
	return mount_path(c, str_starts(c->rest, "auth/") ? "auth/" : "", c->parameter[0]);
}

int
api_tune_read(struct call *c, struct error *err)
{
	struct str path = asked_path(c);
	const struct mount *m = mounts_exact(c->mounts, path);
	struct mount_settings s;
	struct json_writer w;

	if (m == NULL)
		return call_refuse(c, 400, "cannot fetch sysview for path \"%.*s\"", STR(path));
	if (mount_settings_of(c, m, &s, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_int(&w, "default_lease_ttl", mount_default_ttl(m));
	json_put_int(&w, "max_lease_ttl", mount_max_ttl(m));
	json_put_str(&w, "description", m->description);
	json_put_bool(&w, "force_no_cache", s.force_no_cache);
	mount_settings_put_set(&w, &s);
	if (s.options != NULL && s.options->count > 0)
		json_put_value(&w, "options", s.options);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

/* ---- changing ---- */

/* The version of kv that an engine's options ask for; from 1 to 2 it is upgraded. */
static int
tune_version(struct call *c, struct mount *m, const struct mount_settings *s)
{
	const struct json *version = json_find(s->options, "version");
	int64_t now = m->type == MOUNT_KV1 ? 1 : 2, wanted = now;
	bool kv = m->type == MOUNT_KV1 || m->type == MOUNT_KV2 || m->type == MOUNT_KV_UPGRADE;

	if (version == NULL)
		return 0;
	if (!kv)
		return call_refuse(c, 400, "secrets engine \"%s\" does not allow setting a version",
		    mount_type_name(m->type));
	if (!json_to_int(version, &wanted) || wanted < 1 || wanted > 2)
		return call_refuse(c, 400, "invalid version provided: %.*s", STR(version->text));
	if (wanted < now)
		return call_refuse(c, 400, "cannot downgrade mount from version 2");
	if (wanted == now)
		return 0;
	m->type = MOUNT_KV_UPGRADE;
	call_warn(c, "Upgrading mount from version 1 to version 2. This mount will be unavailable "
	    "for a brief period and will resume service shortly.");
	return 0;
}

int
api_tune_write(struct call *c, struct error *err)
{
	struct str path = asked_path(c);
	const struct mount *found = mounts_exact(c->mounts, path);
	struct mount_settings s;
	struct mount m;

	if (found != NULL && found->built_in && found->type != MOUNT_TOKEN)
		return call_refuse(c, 400, "cannot tune \"%.*s\"", STR(path));
	if (found == NULL)
		return call_refuse(c, 400, "tune of path \"%.*s\" failed: no mount entry found",
		    STR(path));
	m = *found;
	if (m.type == MOUNT_TOKEN && json_find(c->body, "token_type") != NULL)
		return call_refuse(c, 400, "'token_type' cannot be set for 'token' or 'ns_token' "
		    "auth mounts");
	if (mount_settings_of(c, found, &s, err) != 0 ||
	    mount_settings_read(c, c->body, true, mount_is_auth(path), &s) != 0 ||
	    field_text(c, "description", &m.description, NULL) != 0 ||
	    mount_options_read(c, &s) != 0 || tune_version(c, &m, &s) != 0)
		return -1;
	return mount_save(c, &m, &s);
}

/* ---- moving ---- */

/* A path out of the body, canonical as one out of a target.  -1: refused. */
static int
read_path(struct call *c, const char *name, struct str *path)
{
	struct str text = { "", 0 };

	if (field_text(c, name, &text, NULL) != 0)
		return -1;
	if (str_starts(text, "/"))
		text = str_from(text, 1);
	if (text.len == 0)
		return call_refuse(c, 400, "both 'from' and 'to' path must be specified as a string");
	if (target_check_path(text) != NULL)
		return call_refuse(c, 400, "'%s' is no path of a mount: no empty segments, none of "
		    "dots, and printable characters only", name);
	*path = mount_path(c, "", text);
	return path->at != NULL ? 0 : call_refuse(c, 413, "http: request body too large");
}

/* Where the vault's own mounts are, nothing moves from or to. */
static bool
is_protected(const struct call *c, struct str path)
{
	const struct mount *near = mount_in_the_way(c->mounts, path);

	return str_is(path, "auth/") || (near != NULL && near->built_in);
}

static int
check_move(struct call *c, struct str from, struct str to)
{
	const struct mount *other = mount_in_the_way(c->mounts, to);

	if (is_protected(c, from))
		return call_refuse(c, 400, "cannot remount \"%.*s\"", STR(from));
	if (is_protected(c, to) || (mount_is_auth(to) && !mount_is_auth(from)))
		return call_refuse(c, 400, "cannot remount to destination \"%.*s\"", STR(to));
	if (mount_is_auth(from) && !mount_is_auth(to))
		return call_refuse(c, 400, "cannot remount auth mount to non-auth mount \"%.*s\"",
		    STR(to));
	if (mounts_exact(c->mounts, from) == NULL)
		return call_refuse(c, 400, "no matching mount at \"%.*s\"", STR(from));
	if (other != NULL)
		return call_refuse(c, 400, "path already in use at \"%.*s\"", STR(other->path));
	return 0;
}

int
api_remount(struct call *c, struct error *err)
{
	struct mount_settings s;
	struct str from, to;
	struct mount m;
	char id[UUID_TEXT];
	struct json_writer w;

	if (read_path(c, "from", &from) != 0 || read_path(c, "to", &to) != 0 ||
	    check_move(c, from, to) != 0)
		return -1;
	m = *mounts_exact(c->mounts, from);
	if (mount_settings_of(c, &m, &s, err) != 0)
		return -1;
	uuid_format(id);
	s.move_id = str_of(id);
	s.moved_from = from;
	m.path = to;
	if (mount_save(c, &m, &s) != 0)
		return -1;
	log_info("migration %s: the mount %s moves", id, m.accessor);
	w = reply_data(c);
	json_put_text(&w, "migration_id", id);
	json_close_object(&w);
	c->reply.mirrored = true;
	call_warn(c, "Mount move has been queued. Progress will be reported in the server log, "
	    "tagged with the returned migration_id");
	return 0;
}

/* A move is done when it is answered: the last one of each mount is remembered with it. */
int
api_remount_status(struct call *c, struct error *err)
{
	struct mount_settings s;
	struct json_writer w;

	for (unsigned i = 0; i < mounts_count(c->mounts); i++) {
		const struct mount *m = mounts_at(c->mounts, i);

		if (mount_settings_of(c, m, &s, err) != 0)
			return -1;
		if (s.move_id.len == 0 || !str_equal(s.move_id, c->parameter[0]))
			continue;
		w = reply_data(c);
		json_put_str(&w, "migration_id", s.move_id);
		json_open_object(&w, "migration_info");
		json_put_str(&w, "source_mount", s.moved_from);
		json_put_str(&w, "target_mount", m->path);
		json_put_text(&w, "status", "success");
		json_close_object(&w);
		json_close_object(&w);
		return 0;
	}
	return call_not_found(c);
}
