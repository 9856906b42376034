/*
 * Keeper: a mount of KV version 1 becomes one of version 2: each secret its own first version.
 * Meanwhile the mount answers nothing.
 */
#include "vaultd/api/kv_upgrade.h"

#include "base/log.h"
#include "vaultd/api/erase.h"
#include "vaultd/api/kv_secret.h"

#define PIECE 4096 /* bytes of a value that count as one record more */

static int
is_upgrading(struct call *c, struct error *err)
{
	(void)err;
	return call_refuse(c, 400, "Upgrading from non-versioned to versioned data. This backend "
	    "will be unavailable for a brief period and will resume service shortly.");
}

const struct route routes_kv_upgrade[] = {
	{ OP_READ | OP_LIST | OP_SCAN | OP_WRITE | OP_PATCH | OP_DELETE, "*path?", is_upgrading, 0,
	    NULL, "", "The mount is being upgraded to KV version 2." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};

/* Make a secret of version 2 of one of version 1. */
static int
convert(struct call *c, struct str path, struct error *err)
{
	struct record_name n = record_name_of(RECORD_KV1, c->mount->uuid, path);
	struct kv_config config = { .max_versions = 0 };
	struct kv_secret s = { .created = 0 };
	struct buf value = BUF_INIT;
	struct kv_version *added;
	size_t mark = arena_used(c->arena);
	int cost = -1;

	if (records_get(c->records, &n, &value, err) == 0 &&
	    kv_add(c, path, &s, &config, buf_str(&value), &added) == 0) {
		records_delete(c->records, &n);
		cost = 3 + (int)(value.len / PIECE);
	}
	arena_rewind(c->arena, mark);
	buf_free(&value);
	return cost;
}

/* The first mount that is being upgraded; NULL: none. */
static const struct mount *
find(const struct mounts *all)
{
	for (unsigned i = 0; i < mounts_count(all); i++)
		if (mounts_at(all, i)->type == MOUNT_KV_UPGRADE)
			return mounts_at(all, i);
	return NULL;
}

int
kv_upgrade_mounts(struct chore_run *r, struct error *err)
{
	struct call *c = &r->call;
	struct mount done;
	int rc;

	c->mount = find(c->mounts);
	if (c->mount == NULL)
		return 0;
	rc = erase_some(c, RECORD_KV1, convert, err);
	if (rc < 0)
		return -1;
	r->again = 0;
	if (rc == 0) {
		done = *c->mount;
		done.type = MOUNT_KV2;
		mounts_put(c->records, &done);
		log_info("the mount %s is of KV version 2 now", done.accessor);
	}
	return 0;
}
