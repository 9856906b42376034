/*
 * Keeper: erasing what removed mounts held.
 */
#include "vaultd/api/erase.h"

#include "base/log.h"
#include "vaultd/api/kv_secret.h"

static const struct holding holdings[] = {
	{ MOUNT_KV2, RECORD_KV_META, NULL, kv_drop },
	{ MOUNT_KV2, RECORD_KV_CONFIG, "config", NULL },
	{ MOUNT_KV1, RECORD_KV1, NULL, NULL },
	{ MOUNT_KV_UPGRADE, RECORD_KV1, NULL, NULL },
	{ MOUNT_KV_UPGRADE, RECORD_KV_META, NULL, kv_drop },
	{ MOUNT_CERT, RECORD_ROLE, NULL, NULL },
};

/* One walk down the directories. */
struct walk {
	struct call *c;
	enum record_kind kind;
	int (*take)(struct call *c, struct str path, struct error *err);
	struct str directory, below; /* below: a directory to go on in */
	int spent;
	bool failed;
	struct error *err;
};

static bool
visit(void *arg, struct str name)
{
	struct walk *w = arg;
	struct buf path = BUF_INIT;
	struct str whole;
	int cost = 1;

	buf_put_str(&path, w->directory);
	buf_put_str(&path, name);
	whole = arena_copy(w->c->arena, buf_str(&path));
	buf_free(&path);
	if (whole.at == NULL)
		return false;
	if (str_ends(name, "/")) {
		w->below = whole;
		return true;
	}
	if (w->take != NULL) {
		cost = w->take(w->c, whole, w->err);
	} else {
		struct record_name n = record_name_of(w->kind, w->c->mount->uuid, whole);

		records_delete(w->c->records, &n);
	}
	w->failed = cost < 0;
	w->spent += cost;
	return !w->failed && w->spent < ERASE_SLICE;
}

/* A directory in which nothing opens is gone from its parent. */
static void
drop_marker(struct walk *w)
{
	struct record_name n = record_name_of(w->kind, w->c->mount->uuid,
	    (struct str){ w->directory.at, w->directory.len - 1 });

	n.name.len++;
	records_delete(w->c->records, &n);
	w->spent++;
}

int
erase_some(struct call *c, enum record_kind kind,
    int (*take)(struct call *c, struct str path, struct error *err), struct error *err)
{
	struct walk w = { .c = c, .kind = kind, .take = take, .directory = { "", 0 }, .err = err };

	while (true) {
		w.below = (struct str){ NULL, 0 };
		records_some(c->records, kind, c->mount->uuid, w.directory, ERASE_SLICE, visit, &w);
		if (w.failed)
			return -1;
		if (w.spent == 0 && w.below.at == NULL && w.directory.len > 0)
			drop_marker(&w);
		if (w.spent > 0)
			return 1;
		if (w.below.at == NULL)
			return 0;
		w.directory = w.below;
	}
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
