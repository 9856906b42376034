/*
 * Keeper: the mount table, read from the records when the vault opens or a mount changes.
 */
#include "vaultd/keeper/mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "vaultd/keeper/mount_record.h"
#include "vaultd/keeper/mount_settings.h"

#define PARSING (1024u * 1024) /* bytes: a tree of MOUNT_SETTINGS_MAX bytes has room */

/* Always there; the last byte of their uuid is their type.  A record of it, once it was tuned,
 * says more. */
static const struct {
	enum mount_type type;
	const char *path, *description, *settings;
} built_in[] = {
	{ MOUNT_SYSTEM, "sys/", "system endpoints used for control, policy and debugging",
	    "{\"config\":{\"passthrough_request_headers\":[\"Accept\"]},\"seal_wrap\":true}" },
	{ MOUNT_TOKEN, "auth/token/", "token based credentials",
	    "{\"config\":{\"token_type\":\"default-service\"}}" },
	{ MOUNT_IDENTITY, "identity/", "identity store",
	    "{\"config\":{\"passthrough_request_headers\":[\"Authorization\"]}}" },
	{ MOUNT_CUBBYHOLE, "cubbyhole/", "per-token private secret storage",
	    "{\"local\":true}" },
};

#define BUILT_IN (sizeof(built_in) / sizeof(*built_in))

struct mounts {
	struct records *records;
	unsigned count;
	struct mount list[MOUNTS_MAX];
	struct buf text[MOUNTS_MAX]; /* what path, description and settings point into */
	struct arena *arena;         /* while loading */
	struct error *err;
	bool failed;
};

static const uint8_t no_mount[16];

/* ---- loading ---- */

/* What the hot path needs of the settings. */
static int
read_settings(struct mounts *all, struct mount *m)
{
	struct mount_settings s;

	arena_reset(all->arena);
	if (mount_settings_parse(all->arena, m->settings, &s, all->err) != 0)
		return -1;
	m->default_ttl = s.default_ttl;
	m->max_ttl = s.max_ttl;
	m->unauth = str_is(s.visibility, "unauth");
	snprintf(m->token_type, sizeof(m->token_type), "%.*s", STR(s.token_type));
	return 0;
}

/* Add a mount, or put it in the place of the built-in one that it is. */
static int
take(struct mounts *all, struct buf *text)
{
	struct mount m = { .built_in = false };
	unsigned i = 0;

	if (mount_read(buf_str(text), &m) != 0)
		return error_set(all->err, ERR_CORRUPT, "a record of the mount table is malformed");
	while (i < BUILT_IN && memcmp(all->list[i].uuid, m.uuid, sizeof(m.uuid)) != 0)
		i++;
	m.built_in = i < BUILT_IN;
	if (!m.built_in)
		i = all->count++;
	all->text[i] = *text;
	*text = (struct buf)BUF_INIT;
	all->list[i] = m;
	return read_settings(all, &all->list[i]);
}

static bool
load(void *arg, struct str name)
{
	struct mounts *all = arg;
	struct record_name n = { RECORD_MOUNT, no_mount, { "", 0 }, name };
	struct buf text = BUF_INIT;

	if (str_is(name, MOUNT_REMOVED))
		return true;
	if (all->count == MOUNTS_MAX) {
		error_set(all->err, ERR_LIMIT, "more than %d mounts", MOUNTS_MAX);
		all->failed = true;
	} else if (records_get(all->records, &n, &text, all->err) != 0 || take(all, &text) != 0) {
		all->failed = true;
	}
	buf_free(&text);
	return !all->failed;
}

static void
add_built_in(struct mounts *all)
{
	for (size_t i = 0; i < BUILT_IN; i++) {
		struct mount *b = &all->list[all->count++];

		*b = (struct mount){ .path = str_of(built_in[i].path), .type = built_in[i].type,
			.built_in = true, .description = str_of(built_in[i].description),
			.settings = str_of(built_in[i].settings) };
		b->uuid[15] = (uint8_t)b->type;
		mount_name(b);
		all->failed = all->failed || read_settings(all, b) != 0;
	}
}

struct mounts *
mounts_load(struct records *r, struct error *err)
{
	struct mounts *m = calloc(1, sizeof(*m));
	struct str all = { "", 0 };

	if (m == NULL)
		fatal("no memory for the mount table");
	m->records = r;
	m->err = err;
	m->arena = arena_new(PARSING, 0, err);
	if (m->arena == NULL)
		fatal("no memory to read the mount table: %s", err->text);
	add_built_in(m);
	m->failed = records_list(r, RECORD_MOUNT, no_mount, all, all, 0, load, m, err) != 0 ||
	    m->failed;
	arena_free(m->arena);
	if (m->failed)
		mounts_free(&m);
	return m;
}

void
mounts_free(struct mounts **m)
{
	if (*m == NULL)
		return;
	for (unsigned i = 0; i < MOUNTS_MAX; i++)
		buf_free(&(*m)->text[i]);
	free(*m);
	*m = NULL;
}

/* ---- finding ---- */

static bool
below(struct str path, struct str mount)
{
	if (path.len + 1 == mount.len)
		return memcmp(path.at, mount.at, path.len) == 0;
	return path.len >= mount.len && memcmp(path.at, mount.at, mount.len) == 0;
}

const struct mount *
mounts_find(const struct mounts *m, struct str path)
{
	const struct mount *best = NULL;

	for (unsigned i = 0; i < m->count; i++)
		if (below(path, m->list[i].path) &&
		    (best == NULL || m->list[i].path.len > best->path.len))
			best = &m->list[i];
	return best;
}

const struct mount *
mounts_exact(const struct mounts *m, struct str path)
{
	for (unsigned i = 0; i < m->count; i++)
		if (str_equal(m->list[i].path, path))
			return &m->list[i];
	return NULL;
}

unsigned
mounts_count(const struct mounts *m)
{
	return m->count;
}

const struct mount *
mounts_at(const struct mounts *m, unsigned i)
{
	return &m->list[i];
}

int64_t
mount_max_ttl(const struct mount *m)
{
	return m->max_ttl > 0 ? m->max_ttl : MOUNT_TTL;
}

int64_t
mount_default_ttl(const struct mount *m)
{
	int64_t most = mount_max_ttl(m), ttl = m->default_ttl > 0 ? m->default_ttl : MOUNT_TTL;

	return ttl < most ? ttl : most;
}
