/*
 * Keeper: the mount table, read from the records when the vault opens or a mount changes.
 */
#include "vaultd/keeper/mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define MOUNTS 256

static const struct {
	const char *name;   /* "type" in replies */
	const char *prefix; /* of accessors */
} types[MOUNT_TYPES] = {
	[MOUNT_SYSTEM] = { "system", "system" },
	[MOUNT_KV2] = { "kv", "kv" },
	[MOUNT_CERT] = { "cert", "auth_cert" },
	[MOUNT_KV1] = { "kv", "kv" },
	[MOUNT_TRANSIT] = { "transit", "transit" },
	[MOUNT_PKI] = { "pki", "pki" },
	[MOUNT_TOKEN] = { "token", "auth_token" },
	[MOUNT_IDENTITY] = { "identity", "identity" },
	[MOUNT_CUBBYHOLE] = { "cubbyhole", "cubbyhole" },
};

/* Always there, in no record; the last byte of their uuid is their type. */
static const struct {
	enum mount_type type;
	const char *path, *description;
} built_in[] = {
	{ MOUNT_SYSTEM, "sys/", "system endpoints used for control, policy and debugging" },
	{ MOUNT_TOKEN, "auth/token/", "token based credentials" },
	{ MOUNT_IDENTITY, "identity/", "identity store" },
	{ MOUNT_CUBBYHOLE, "cubbyhole/", "per-token private secret storage" },
};

struct mounts {
	struct records *records;
	unsigned count;
	struct mount list[MOUNTS];
	struct buf text[MOUNTS]; /* what path and description point into */
	struct error *err;
	bool failed;
};

static const uint8_t no_mount[16];

static void
name_mount(struct mount *m)
{
	const uint8_t *u = m->uuid;

	snprintf(m->uuid_text, sizeof(m->uuid_text),
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
	    u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
	    u[15]);
	snprintf(m->accessor, sizeof(m->accessor), "%s_%02x%02x%02x%02x", types[m->type].prefix,
	    u[0], u[1], u[2], u[3]);
}

/* A record's text: type u8, uuid, path, description, settings (the last may be missing). */
static bool
load(void *arg, struct str name)
{
	struct mounts *all = arg;
	struct record_name n = { RECORD_MOUNT, no_mount, { "", 0 }, name };
	struct mount *m = &all->list[all->count];
	struct buf *text = &all->text[all->count];
	struct reader in;
	const uint8_t *uuid;
	uint8_t type;

	if (all->count == MOUNTS || records_get(all->records, &n, text, all->err) != 0) {
		error_set(all->err, ERR_LIMIT, "more than %d mounts", MOUNTS);
		all->failed = true;
		return false;
	}
	in = reader_of(text->data, text->len);
	type = reader_u8(&in);
	uuid = reader_bytes(&in, 16);
	m->path = reader_block(&in);
	m->description = reader_block(&in);
	if (in.left > 0)
		m->settings = reader_block(&in);
	all->failed = !reader_done(&in) || type >= MOUNT_TYPES;
	if (all->failed) {
		error_set(all->err, ERR_CORRUPT, "a record of the mount table is malformed");
		return false;
	}
	m->type = (enum mount_type)type;
	memcpy(m->uuid, uuid, 16);
	name_mount(m);
	all->count++;
	return true;
}

struct mounts *
mounts_load(struct records *r, struct error *err)
{
	struct mounts *m = calloc(1, sizeof(*m));

	if (m == NULL)
		fatal("no memory for the mount table");
	m->records = r;
	m->err = err;
	for (size_t i = 0; i < sizeof(built_in) / sizeof(*built_in); i++) {
		struct mount *b = &m->list[m->count++];

		*b = (struct mount){ .path = str_of(built_in[i].path), .type = built_in[i].type,
			.built_in = true, .description = str_of(built_in[i].description) };
		b->uuid[15] = (uint8_t)b->type;
		name_mount(b);
	}
	if (records_list(r, RECORD_MOUNT, no_mount, (struct str){ "", 0 }, (struct str){ "", 0 }, 0,
		load, m, err) != 0 || m->failed)
		mounts_free(&m);
	return m;
}

void
mounts_free(struct mounts **m)
{
	if (*m == NULL)
		return;
	for (unsigned i = 0; i < MOUNTS; i++)
		buf_free(&(*m)->text[i]);
	free(*m);
	*m = NULL;
}

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

const char *
mount_type_name(enum mount_type type)
{
	return types[type].name;
}

/* A version 4 UUID (RFC 9562). */
static void
draw_uuid(uint8_t uuid[16])
{
	random_bytes(uuid, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

void
mounts_put(struct records *r, const struct mount *m)
{
	/* Names in a listed directory hold no '/': the path is kept in the text. */
	struct record_name n = { RECORD_MOUNT, no_mount, { "", 0 }, { NULL, 0 } };
	struct buf text = BUF_INIT, name = BUF_INIT;
	uint8_t uuid[16];

	memcpy(uuid, m->uuid, sizeof(uuid));
	if (memcmp(uuid, no_mount, sizeof(uuid)) == 0)
		draw_uuid(uuid);
	hex_encode(&name, uuid, sizeof(uuid));
	n.name = buf_str(&name);
	buf_put_u8(&text, (uint8_t)m->type);
	buf_put(&text, uuid, sizeof(uuid));
	buf_put_block(&text, m->path.at, m->path.len);
	buf_put_block(&text, m->description.at, m->description.len);
	buf_put_block(&text, m->settings.at, m->settings.len);
	records_put(r, &n, buf_str(&text));
	buf_free(&text);
	buf_free(&name);
}
