/*
 * Keeper: sys/mounts: which engine answers below which path (vault-api 1.5).
 */
#include "vaultd/api/mounts.h"

#include <string.h>

static const struct {
	const char *name;
	enum mount_type type;
} engines[] = {
	{ "kv", MOUNT_KV1 },
	{ "generic", MOUNT_KV1 },
	{ "kv-v1", MOUNT_KV1 },
	{ "kv-v2", MOUNT_KV2 },
	{ "transit", MOUNT_TRANSIT },
	{ "pki", MOUNT_PKI },
};

/* The engine that is asked for; "kv" has its version among the options. */
static int
read_engine(struct call *c, enum mount_type *type)
{
	const struct json *version = json_find(json_find(c->body, "options"), "version");
	struct str name = { "", 0 };

	if (field_text(c, "type", &name, NULL) != 0)
		return -1;
	if (name.len == 0)
		return call_refuse(c, 400, "backend type must be specified as a string");
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++) {
		if (!str_is(name, engines[i].name))
			continue;
		*type = engines[i].type;
		if (*type == MOUNT_KV1 && version != NULL && str_is(version->text, "2"))
			*type = MOUNT_KV2;
		return 0;
	}
	return call_refuse(c, 400, "plugin not found in the catalog: %.*s", STR(name));
}

/* The mount above or below which path would lie; NULL: none. */
static const struct mount *
in_the_way(const struct mounts *all, struct str path)
{
	for (unsigned i = 0; i < mounts_count(all); i++) {
		const struct mount *m = mounts_at(all, i);
		size_t shared = m->path.len < path.len ? m->path.len : path.len;

		if (memcmp(m->path.at, path.at, shared) == 0)
			return m;
	}
	return NULL;
}

/* The path of the mount that is named, with its '/' at the end, in the arena. */
static struct str
mount_path(struct call *c)
{
	struct str name = c->parameter[0];
	char *at;

	if (str_ends(name, "/"))
		return name;
	at = arena_alloc(c->arena, name.len + 1);
	if (at == NULL)
		return (struct str){ NULL, 0 };
	memcpy(at, name.at, name.len);
	at[name.len] = '/';
	return (struct str){ at, name.len + 1 };
}

int
api_mount_write(struct call *c, struct error *err)
{
	struct mount m = { .path = mount_path(c), .description = { "", 0 } };
	const struct mount *other;

	if (m.path.at == NULL)
		return error_set(err, ERR_LIMIT, "http: request body too large");
	if (read_engine(c, &m.type) != 0 ||
	    field_text(c, "description", &m.description, NULL) != 0)
		return -1;
	other = in_the_way(c->mounts, m.path);
	if (str_starts(m.path, "auth/") || (other != NULL && other->built_in))
		return call_refuse(c, 400, "cannot mount \"%.*s\"", STR(m.path));
	if (other != NULL)
		return call_refuse(c, 400, "path is already in use at %.*s", STR(other->path));
	mounts_put(c->records, &m);
	return 0;
}
