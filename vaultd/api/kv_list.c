/*
 * Keeper: lists of a KV mount: names, names with metadata, one folder or all below.
 */
#include "vaultd/api/kv_list.h"

#include <stdlib.h>
#include <string.h>

#include "vaultd/api/kv.h"
#include "vaultd/keeper/routes.h"

#define SCAN_DEPTH 128

/* Full names below the folder that is listed, in the order they are shown. */
struct names {
	struct call *c;
	struct str base;   /* the folder that was asked for */
	struct str *list;
	size_t count, room;
	bool full;         /* the arena is */
};

static void
add(struct names *n, struct str name)
{
	struct str copy = arena_copy(n->c->arena, name);

	if (n->count == n->room) {
		n->room = n->room == 0 ? 64 : n->room * 2;
		n->list = realloc(n->list, n->room * sizeof(*n->list));
		if (n->list == NULL)
			fatal("no memory for a list of %zu names", n->room);
	}
	n->full = n->full || copy.at == NULL;
	if (copy.at != NULL)
		n->list[n->count++] = copy;
}

static struct str
join(struct call *c, struct str a, struct str b)
{
	char *at = arena_alloc(c->arena, a.len + b.len + 1);

	if (at == NULL)
		return (struct str){ NULL, 0 };
	if (a.len > 0)
		memcpy(at, a.at, a.len);
	if (b.len > 0)
		memcpy(at + a.len, b.at, b.len);
	return (struct str){ at, a.len + b.len };
}

static bool
collect(void *arg, struct str name)
{
	struct names *n = arg;

	add(n, name);
	return !n->full;
}

static int
list_folder(struct call *c, struct str folder, struct names *into, struct error *err)
{
	enum record_kind kind = c->mount->type == MOUNT_KV1 ? RECORD_KV1 : RECORD_KV_META;

	return records_list(c->records, kind, c->mount->uuid, folder, (struct str){ "", 0 }, 0,
	    collect, into, err);
}

/* A folder's own names first, then those of each of its folders. */
static int
scan_folder(struct names *all, struct str below, unsigned depth, struct error *err)
{
	struct names here = { .c = all->c };
	struct str folder = join(all->c, all->base, below);
	int rc = -1;

	if (folder.at == NULL || depth == 0) {
		error_set(err, ERR_LIMIT, "too much lies below this path: list its folders");
		goto out;
	}
	if (list_folder(all->c, folder, &here, err) != 0)
		goto out;
	for (size_t i = 0; i < here.count; i++)
		if (!str_ends(here.list[i], "/"))
			add(all, join(all->c, below, here.list[i]));
	rc = 0;
	for (size_t i = 0; i < here.count && rc == 0; i++)
		if (str_ends(here.list[i], "/"))
			rc = scan_folder(all, join(all->c, below, here.list[i]), depth - 1, err);
	if (here.full || all->full)
		rc = error_set(err, ERR_LIMIT, "too much lies below this path: list its folders");
out:
	free(here.list);
	return rc;
}

/* What "after" and "limit" leave of the names, where the engine knows them. */
static int
page(struct call *c, struct names *n)
{
	struct str after = { NULL, 0 };
	int64_t limit = 0;
	size_t kept = 0;

	if (!route_knows(c->route, str_of("after")))
		return 0;
	if (field_text(c, "after", &after, NULL) != 0 || field_int(c, "limit", &limit, NULL) != 0)
		return -1;
	for (size_t i = 0; i < n->count; i++)
		if ((after.len == 0 || str_compare(n->list[i], after) > 0) &&
		    (limit <= 0 || kept < (uint64_t)limit))
			n->list[kept++] = n->list[i];
	n->count = kept;
	return 0;
}

static int
gather(struct call *c, struct names *n, struct error *err)
{
	int rc;

	n->c = c;
	n->base = c->parameter[0];
	if (c->operation == OP_SCAN)
		rc = scan_folder(n, (struct str){ "", 0 }, SCAN_DEPTH, err);
	else
		rc = list_folder(c, n->base, n, err);
	if (rc == 0 && n->full)
		rc = error_set(err, ERR_LIMIT, "too many names for one reply: use after and limit");
	return rc == 0 ? page(c, n) : -1;
}

static void
put_keys(struct json_writer *w, const struct names *n)
{
	json_open_array(w, "keys");
	for (size_t i = 0; i < n->count; i++)
		json_put_str(w, NULL, n->list[i]);
	json_close_array(w);
}

int
kv_list(struct call *c, struct error *err)
{
	struct names n = { .c = c };
	struct json_writer w;
	int rc = gather(c, &n, err);

	if (rc == 0 && n.count == 0 && c->operation == OP_LIST)
		rc = call_not_found(c);
	if (rc == 0) {
		w = reply_data(c);
		if (n.count > 0)
			put_keys(&w, &n);
		json_close_object(&w);
	}
	free(n.list);
	return rc;
}

static int
put_info(struct call *c, struct json_writer *w, const struct names *n, struct error *err)
{
	json_open_object(w, "key_info");
	for (size_t i = 0; i < n->count; i++) {
		size_t mark = arena_used(c->arena);
		struct kv_secret s;
		int rc = kv_read(c, join(c, n->base, n->list[i]), &s, err);

		if (rc < 0)
			return -1;
		json_put_name(w, n->list[i]);
		json_open_object(w, NULL);
		if (rc == 0 && !str_ends(n->list[i], "/"))
			kv_put_metadata(w, &s);
		json_close_object(w);
		arena_rewind(c->arena, mark);
	}
	json_close_object(w);
	return 0;
}

int
kv_list_detailed(struct call *c, struct error *err)
{
	struct names n = { .c = c };
	struct json_writer w;
	int rc = gather(c, &n, err);

	if (rc == 0 && n.count == 0 && c->operation == OP_LIST)
		rc = call_not_found(c);
	if (rc == 0) {
		w = reply_data(c);
		put_keys(&w, &n);
		rc = put_info(c, &w, &n, err);
		json_close_object(&w);
	}
	free(n.list);
	return rc;
}
