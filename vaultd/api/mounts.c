/*
 * Keeper: sys/mounts and sys/auth: which engine answers below which path (vault-api 1.5).
 */
#include "vaultd/api/mounts.h"

#include <string.h>

#include "base/log.h"

static const struct {
	const char *name;
	enum mount_type type;
	const char *version; /* that the name says */
	bool auth;
} engines[] = {
	{ "kv", MOUNT_KV1, NULL, false },
	{ "generic", MOUNT_KV1, NULL, false },
	{ "kv-v1", MOUNT_KV1, "1", false },
	{ "kv-v2", MOUNT_KV2, "2", false },
	{ "transit", MOUNT_TRANSIT, NULL, false },
	{ "pki", MOUNT_PKI, NULL, false },
	{ "cert", MOUNT_CERT, NULL, true },
};

#define ENGINES (sizeof(engines) / sizeof(*engines))

/* Asked below sys/auth. */
static bool
asks_auth(const struct call *c)
{
	return str_starts(c->rest, "auth");
}

static struct str
asked_path(struct call *c)
{
	return mount_path(c, asks_auth(c) ? "auth/" : "", c->parameter[0]);
}

/* A mount's path as sys/auth calls it, without "auth/"; else as it is. */
static struct str
short_path(const struct call *c, struct str path)
{
	return asks_auth(c) && mount_is_auth(path) ? str_from(path, strlen("auth/")) : path;
}

/* ---- showing ---- */

int
api_mounts_list(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	for (unsigned i = 0; i < mounts_count(c->mounts); i++) {
		const struct mount *m = mounts_at(c->mounts, i);
		size_t mark = arena_used(c->arena);

		if (mount_is_auth(m->path) != asks_auth(c))
			continue;
		json_put_name(&w, short_path(c, m->path));
		json_open_object(&w, NULL);
		if (mount_put_info(c, &w, m, err) != 0)
			return -1;
		json_close_object(&w);
		arena_rewind(c->arena, mark);
	}
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_mount_read(struct call *c, struct error *err)
{
	struct str path = asked_path(c);
	const struct mount *m = mounts_exact(c->mounts, path);
	struct json_writer w;

	if (m == NULL || mount_is_auth(path) != asks_auth(c))
		return call_refuse(c, 400, "No %s engine%s at %.*s", asks_auth(c) ? "auth" : "secret",
		    asks_auth(c) ? "" : " mount", STR(short_path(c, path)));
	w = reply_data(c);
	if (mount_put_info(c, &w, m, err) != 0)
		return -1;
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

/* Types of engines by the name that replies give them, once each. */
static bool
is_listed(size_t i, bool auth)
{
	return engines[i].auth == auth && strcmp(engines[i].name, mount_type_name(engines[i].type)) == 0;
}

static void
put_types(struct json_writer *w, const char *name, bool auth)
{
	json_open_array(w, name);
	for (size_t i = 0; i < ENGINES; i++)
		if (is_listed(i, auth))
			json_put_text(w, NULL, engines[i].name);
	json_close_array(w);
}

static void
put_details(struct json_writer *w, bool auth)
{
	for (size_t i = 0; i < ENGINES; i++) {
		if (!is_listed(i, auth))
			continue;
		json_open_object(w, NULL);
		json_put_text(w, "type", auth ? "auth" : "secret");
		json_put_text(w, "name", engines[i].name);
		json_put_text(w, "version", "v" VERSION "+builtin");
		json_put_bool(w, "builtin", true);
		json_put_text(w, "deprecation_status", "supported");
		json_close_object(w);
	}
}

int
api_plugins_list(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_open_array(&w, "detailed");
	put_details(&w, true);
	put_details(&w, false);
	json_close_array(&w);
	put_types(&w, "auth", true);
	json_open_array(&w, "database");
	json_close_array(&w);
	put_types(&w, "secret", false);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

/* ---- making one ---- */

/* The engine that is asked for; one of kv has its version among the options, or in its name. */
static int
read_engine(struct call *c, struct mount_settings *s, enum mount_type *type)
{
	struct str name = { "", 0 }, version = { "", 0 };
	const struct json *sent = json_find(s->options, "version");
	size_t i = 0;

	if (sent != NULL)
		version = sent->text;
	if (field_text(c, "type", &name, NULL) != 0)
		return -1;
	if (name.len == 0)
		return call_refuse(c, 400, "backend type must be specified as a string");
	while (i < ENGINES &&
	    !(str_is(name, engines[i].name) && engines[i].auth == asks_auth(c)))
		i++;
	if (i == ENGINES)
		return call_refuse(c, 400, "plugin not found in the catalog: %.*s", STR(name));
	*type = engines[i].type;
	if (version.len > 0 && *type != MOUNT_KV1 && *type != MOUNT_KV2)
		return call_refuse(c, 400, "secrets engine \"%.*s\" does not allow setting a version",
		    STR(name));
	if (engines[i].version != NULL)
		version = str_of(engines[i].version);
	if (version.len > 0 && !str_is(version, "1") && !str_is(version, "2"))
		return call_refuse(c, 400, "invalid version provided: %.*s", STR(version));
	if (str_is(version, "2"))
		*type = MOUNT_KV2;
	if (engines[i].version != NULL &&
	    mount_option_set(c, s, "version", version) != 0)
		return call_refuse(c, 413, "http: request body too large");
	return 0;
}

static int
read_settings(struct call *c, struct mount_settings *s, enum mount_type *type)
{
	memset(s, 0, sizeof(*s));
	s->options = json_new(c->arena, JSON_OBJECT);
	if (s->options == NULL)
		return call_refuse(c, 413, "http: request body too large");
	if (asks_auth(c))
		s->token_type = str_of("default-service");
	if (mount_settings_read(c, json_find(c->body, "config"), false, asks_auth(c), s) != 0 ||
	    mount_options_read(c, s) != 0 || read_engine(c, s, type) != 0)
		return -1;
	return field_bool(c, "local", &s->local, NULL) != 0 ||
		field_bool(c, "seal_wrap", &s->seal_wrap, NULL) != 0 ||
		field_bool(c, "external_entropy_access", &s->external_entropy_access, NULL) != 0 ?
	    -1 :
	    0;
}

/* Where a mount may not be. */
static int
check_place(struct call *c, struct str path)
{
	const struct mount *other = mount_in_the_way(c->mounts, path);

	if (!asks_auth(c) && (mount_is_auth(path) || (other != NULL && other->built_in)))
		return call_refuse(c, 400, "cannot mount \"%.*s\"", STR(path));
	if (other != NULL)
		return call_refuse(c, 400, "path is already in use at %.*s",
		    STR(short_path(c, other->path)));
	if (mounts_count(c->mounts) >= MOUNTS_MAX)
		return call_refuse(c, 400, "the mount table is full: it holds %d mounts", MOUNTS_MAX);
	return 0;
}

int
api_mount_write(struct call *c, struct error *err)
{
	struct mount m = { .path = asked_path(c), .description = { "", 0 } };
	struct mount_settings s;

	if (m.path.at == NULL)
		return error_set(err, ERR_LIMIT, "http: request body too large");
	if (read_settings(c, &s, &m.type) != 0 ||
	    field_text(c, "description", &m.description, NULL) != 0 ||
	    check_place(c, m.path) != 0)
		return -1;
	return mount_save(c, &m, &s);
}

/* ---- removing one ---- */

int
api_mount_delete(struct call *c, struct error *err)
{
	struct str path = asked_path(c);
	const struct mount *m = mounts_exact(c->mounts, path);
	const struct mount *near = mount_in_the_way(c->mounts, path);

	(void)err;
	if (!asks_auth(c) && (mount_is_auth(path) || (near != NULL && near->built_in)))
		return call_refuse(c, 400, "cannot unmount \"%.*s\"", STR(path));
	if (m != NULL && m->built_in)
		return call_refuse(c, 400, "token credential backend cannot be disabled");
	if (m == NULL)
		return 0;
	mounts_remove(c->records, m);
	log_info("the mount %s is removed; what it held is being erased", m->accessor);
	return 0;
}
