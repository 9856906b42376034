/*
 * Keeper: erasing what removed mounts held.
 */
#include "vaultd/api/erase.h"

#include <string.h>

#include "base/log.h"
#include "vaultd/api/kv_secret.h"
#include "vaultd/api/plan.h"
#include "vaultd/api/transit_keys.h"

static const struct holding holdings[] = {
	{ MOUNT_KV2, RECORD_KV_META, NULL, kv_drop },
	{ MOUNT_KV2, RECORD_PLAN, NULL, plan_drop },
	{ MOUNT_KV2, RECORD_KV_CONFIG, "config", NULL },
	{ MOUNT_KV1, RECORD_KV1, NULL, NULL },
	{ MOUNT_KV_UPGRADE, RECORD_KV1, NULL, NULL },
	{ MOUNT_KV_UPGRADE, RECORD_KV_META, NULL, kv_drop },
	{ MOUNT_CERT, RECORD_ROLE, NULL, NULL },
	{ MOUNT_CERT, RECORD_CERT_CONFIG, "config", NULL },
	{ MOUNT_CERT, RECORD_CERT_CRL, NULL, NULL },
	{ MOUNT_TRANSIT, RECORD_NAMED_KEY, NULL, transit_drop },
	{ MOUNT_TRANSIT, RECORD_TRANSIT, "wrapping-key", NULL },
	{ MOUNT_TRANSIT, RECORD_TRANSIT, "settings", NULL },
	{ MOUNT_PKI, RECORD_PKI_KEY, NULL, NULL },
	{ MOUNT_PKI, RECORD_PKI_ISSUER, NULL, NULL },
	{ MOUNT_PKI, RECORD_PKI_ROLE, NULL, NULL },
	{ MOUNT_PKI, RECORD_PKI_CERT, NULL, NULL },
	{ MOUNT_PKI, RECORD_PKI_REVOKED, NULL, NULL },
	{ MOUNT_PKI, RECORD_PKI_CONFIG, "urls", NULL },
	{ MOUNT_PKI, RECORD_PKI_CONFIG, "crl", NULL },
	{ MOUNT_PKI, RECORD_PKI_CONFIG, "issuers", NULL },
	{ MOUNT_PKI, RECORD_PKI_CONFIG, "revision", NULL },
	{ MOUNT_PKI, RECORD_PKI_CONFIG, "tidy", NULL },
};

/* One walk down the directories; paths may be deep, so only one is kept. */
struct walk {
	struct call *c;
	enum record_kind kind;
	int (*take)(struct call *c, struct str path, struct error *err);
	struct buf directory, below; /* below: a directory to go on in */
	int spent;
	bool failed;
	struct error *err;
};

static int
take_record(struct walk *w, struct str name)
{
	struct str directory = buf_str(&w->directory), path;
	char *at = arena_alloc(w->c->arena, directory.len + name.len);
	struct record_name n;

	if (at == NULL)
		return error_set(w->err, ERR_LIMIT, "the arena has no room for a path");
	if (directory.len > 0)
		memcpy(at, directory.at, directory.len);
	memcpy(at + directory.len, name.at, name.len);
	path = (struct str){ at, directory.len + name.len };
	if (w->take != NULL)
		return w->take(w->c, path, w->err);
	n = record_name_of(w->kind, w->c->mount->uuid, path);
	records_delete(w->c->records, &n);
	return 1;
}

static bool
visit(void *arg, struct str name)
{
	struct walk *w = arg;
	size_t mark = arena_used(w->c->arena);
	int cost;

	if (str_ends(name, "/")) {
		buf_clear(&w->below);
		buf_put_str(&w->below, buf_str(&w->directory));
		buf_put_str(&w->below, name);
		return true;
	}
	cost = take_record(w, name);
	arena_rewind(w->c->arena, mark);
	w->failed = cost < 0;
	w->spent += cost;
	return !w->failed && w->spent < ERASE_SLICE;
}

/* A directory in which nothing opens is gone from its parent. */
static void
drop_marker(struct walk *w)
{
	struct str inside = buf_str(&w->directory);
	struct record_name n;

	inside.len--;
	n = record_name_of(w->kind, w->c->mount->uuid, inside);
	n.name.len++;
	records_delete(w->c->records, &n);
	w->spent++;
}

/* Look into one directory.  True: into `below` next. */
static bool
look(struct walk *w)
{
	buf_clear(&w->below);
	records_some(w->c->records, w->kind, w->c->mount->uuid, buf_str(&w->directory), ERASE_SLICE,
	    visit, w);
	if (w->spent == 0 && !w->failed && w->below.len == 0 && w->directory.len > 0)
		drop_marker(w);
	return w->spent == 0 && !w->failed && w->below.len > 0;
}

int
erase_some(struct call *c, enum record_kind kind,
    int (*take)(struct call *c, struct str path, struct error *err), struct error *err)
{
	struct walk w = { .c = c, .kind = kind, .take = take, .err = err };

	while (look(&w)) {
		struct buf empty = w.directory;

		w.directory = w.below;
		w.below = empty;
	}
	buf_free(&w.directory);
	buf_free(&w.below);
	return w.failed ? -1 : w.spent > 0;
}

/* A slice of one row.  1: more to do; 0: nothing is left; -1 with err. */
static int
erase_holding(struct call *c, const struct holding *h, struct error *err)
{
	struct record_name n = { h->kind, c->mount->uuid, { "", 0 }, { NULL, 0 } };

	if (h->single == NULL)
		return erase_some(c, h->kind, h->take, err);
	n.name = str_of(h->single);
	records_delete(c->records, &n);
	return 0;
}

int
erase_mounts(struct chore_run *r, struct error *err)
{
	struct mount m;
	int rc = mounts_next_removed(r->call.records, &m, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	r->again = 0;
	r->call.mount = &m;
	for (size_t i = 0; i < sizeof(holdings) / sizeof(*holdings); i++) {
		if (holdings[i].type != m.type)
			continue;
		rc = erase_holding(&r->call, &holdings[i], err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	mounts_erased(r->call.records, &m);
	log_info("what the removed mount %s held is erased", m.accessor);
	return 0;
}
