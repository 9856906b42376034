/*
 * Keeper: a mount as a record: type u8, uuid, path, description, settings (missing in older ones).
 * Names in a listed directory hold no '/': the name is the uuid, the path is in the text.
 */
#include "vaultd/keeper/mount_record.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

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
	[MOUNT_KV_UPGRADE] = { "kv", "kv" },
};

static const uint8_t no_mount[16];

const char *
mount_type_name(enum mount_type type)
{
	return types[type].name;
}

void
mount_name(struct mount *m)
{
	const uint8_t *u = m->uuid;

	snprintf(m->uuid_text, sizeof(m->uuid_text),
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
	    u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
	    u[15]);
	snprintf(m->accessor, sizeof(m->accessor), "%s_%02x%02x%02x%02x", types[m->type].prefix,
	    u[0], u[1], u[2], u[3]);
}

int
mount_read(struct str text, struct mount *m)
{
	struct reader in = reader_of(text.at, text.len);
	uint8_t type = reader_u8(&in);
	const uint8_t *uuid = reader_bytes(&in, 16);

	m->path = reader_block(&in);
	m->description = reader_block(&in);
	if (in.left > 0)
		m->settings = reader_block(&in);
	if (!reader_done(&in) || type >= MOUNT_TYPES)
		return -1;
	m->type = (enum mount_type)type;
	memcpy(m->uuid, uuid, 16);
	mount_name(m);
	return 0;
}

/* A version 4 UUID (RFC 9562). */
static void
draw_uuid(uint8_t uuid[16])
{
	random_bytes(uuid, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

static struct record_name
record_of(const uint8_t uuid[16], const char *directory, struct buf *name)
{
	hex_encode(name, uuid, 16);
	return (struct record_name){ RECORD_MOUNT, no_mount, str_of(directory), buf_str(name) };
}

static void
put(struct records *r, const struct mount *m, const char *directory)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	struct record_name n = record_of(m->uuid, directory, &name);

	buf_put_u8(&text, (uint8_t)m->type);
	buf_put(&text, m->uuid, sizeof(m->uuid));
	buf_put_block(&text, m->path.at, m->path.len);
	buf_put_block(&text, m->description.at, m->description.len);
	buf_put_block(&text, m->settings.at, m->settings.len);
	records_put(r, &n, buf_str(&text));
	buf_free(&text);
	buf_free(&name);
}

static void
erase(struct records *r, const struct mount *m, const char *directory)
{
	struct buf name = BUF_INIT;
	struct record_name n = record_of(m->uuid, directory, &name);

	records_delete(r, &n);
	buf_free(&name);
}

void
mounts_put(struct records *r, const struct mount *m)
{
	struct mount named = *m;

	if (memcmp(m->uuid, no_mount, sizeof(m->uuid)) == 0 && !m->built_in)
		draw_uuid(named.uuid);
	put(r, &named, "");
}

void
mounts_remove(struct records *r, const struct mount *m)
{
	erase(r, m, "");
	put(r, m, MOUNT_REMOVED);
}

static bool
copy_first(void *arg, struct str name)
{
	buf_put_str(arg, name);
	return false;
}

int
mounts_next_removed(struct records *r, struct mount *m, struct error *err)
{
	struct record_name n = { RECORD_MOUNT, no_mount, str_of(MOUNT_REMOVED), { NULL, 0 } };
	struct buf name = BUF_INIT, text = BUF_INIT;
	int rc = -1;

	if (records_list(r, RECORD_MOUNT, no_mount, n.directory, (struct str){ "", 0 }, 1,
		copy_first, &name, err) != 0)
		goto out;
	rc = 1;
	if (name.len == 0)
		goto out;
	n.name = buf_str(&name);
	memset(m, 0, sizeof(*m));
	rc = records_get(r, &n, &text, err);
	if (rc == 0 && mount_read(buf_str(&text), m) != 0)
		rc = error_set(err, ERR_CORRUPT, "a record of a removed mount is malformed");
	m->path = m->description = m->settings = (struct str){ "", 0 };
out:
	buf_free(&name);
	buf_free(&text);
	return rc;
}

void
mounts_erased(struct records *r, const struct mount *m)
{
	erase(r, m, MOUNT_REMOVED);
}
