/*
 * Keeper: sys/readers.
 */
#include "vaultd/api/readers.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "vaultd/api/kv_secret.h"
#include "vaultd/keeper/readers.h"

#define LIMIT 100
#define LIMIT_MAX 1000
#define LOOKED_AT 2000 /* secrets, for one reply */
#define DAYS_MAX 36500

/* "2026-11-25"; "" for day 0. */
static void
put_day(struct json_writer *w, const char *name, uint32_t day)
{
	char text[CLOCK_TEXT] = "";

	if (day != 0)
		clock_format(day * READERS_DAY, text);
	json_put_str(w, name, (struct str){text, day != 0 ? strlen("2026-11-25") : 0});
}

/* ---- of one secret, sorted: the newest version first ---- */

struct readings {
	unsigned count;
	uint32_t dropped;
	struct reading list[READERS_EACH]; /* borrowed from the table of readers */
};

static void
take(void *arg, const struct reading *r)
{
	struct readings *all = arg;

	if (all->count < READERS_EACH)
		all->list[all->count++] = *r;
}

static int
by_version(const void *a, const void *b)
{
	const struct reading *x = a, *y = b;

	if (x->version != y->version)
		return x->version < y->version ? 1 : -1;
	return str_compare(x->identity, y->identity);
}

static int
read_all(struct call *c, const struct mount *m, struct str path, struct readings *all,
    struct error *err)
{
	all->count = 0;
	if (readers_read(
		c->readers, c->records, m->uuid, path, take, all, &all->dropped, err) != 0)
		return -1;
	qsort(all->list, all->count, sizeof(*all->list), by_version);
	return 0;
}

static int
show_readers(struct call *c, const struct mount *m, struct str path, struct error *err)
{
	struct readings all;
	struct kv_secret s;
	struct json_writer w;
	int rc;

	c->mount = m;
	rc = kv_read(c, path, &s, err);
	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	if (read_all(c, m, path, &all, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_int(&w, "current_version", s.current);
	json_put_int(&w, "dropped", all.dropped);
	json_open_array(&w, "readers");
	for (unsigned i = 0; i < all.count; i++) {
		json_open_object(&w, NULL);
		json_put_str(&w, "identity", all.list[i].identity);
		json_put_int(&w, "version", all.list[i].version);
		put_day(&w, "last_read", all.list[i].day);
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	return 0;
}

/* Sorted by version, newest first: so the first of an identity tells how far it has come. */
static bool
is_first_of(const struct readings *all, unsigned i)
{
	for (unsigned n = 0; n < i; n++)
		if (str_equal(all->list[n].identity, all->list[i].identity))
			return false;
	return true;
}

int
readers_put_behind(
    struct call *c, struct json_writer *w, const struct plan *p, struct error *err)
{
	struct readings all;

	if (read_all(c, p->mount, p->path, &all, err) != 0)
		return -1;
	json_open_array(w, "not_read");
	for (unsigned i = 0; i < all.count; i++)
		if (all.list[i].version < p->version && is_first_of(&all, i))
			json_put_str(w, NULL, all.list[i].identity);
	json_close_array(w);
	return 0;
}

/* ---- secrets that nobody reads ---- */

struct unused {
	struct call *call;
	struct json_writer *out;
	uint32_t before; /* day */
	struct str after;
	int64_t limit, shown;
	unsigned looked_at;
	struct buf last; /* path of the last one looked at */
	bool more;
	struct error *err;
};

struct names {
	struct arena *arena;
	struct str list[LOOKED_AT];
	unsigned count;
};

static bool
keep(void *arg, struct str name)
{
	struct names *n = arg;

	n->list[n->count] = arena_copy(n->arena, name);
	return n->list[n->count].at != NULL && ++n->count < LOOKED_AT;
}

static uint32_t
last_day(const struct readings *all)
{
	uint32_t day = 0;

	for (unsigned i = 0; i < all->count; i++)
		day = all->list[i].day > day ? all->list[i].day : day;
	return day;
}

static int
look_at(struct unused *u, struct str path)
{
	struct call *c = u->call;
	struct readings all;
	struct kv_secret s;
	uint32_t day;

	if (kv_read(c, path, &s, u->err) != 0 || read_all(c, c->mount, path, &all, u->err) != 0)
		return -1;
	day = last_day(&all);
	u->looked_at++;
	buf_clear(&u->last);
	buf_put_str(&u->last, path);
	if (day >= u->before || s.created / READERS_DAY >= u->before)
		return 0;
	u->shown++;
	json_open_object(u->out, NULL);
	json_put_str(u->out, "path", path);
	put_day(u->out, "last_read", day);
	kv_put_time(u->out, "created_time", s.created);
	json_close_object(u->out);
	return 0;
}

static bool
is_behind(const struct unused *u, struct str path)
{
	struct str start = {u->after.at, path.len < u->after.len ? path.len : u->after.len};

	/* A directory that "after" lies in is to be looked into. */
	return str_ends(path, "/") ? str_compare(path, start) >= 0
				   : str_compare(path, u->after) > 0;
}

/* The name in a directory behind which "after" has it; a directory itself is looked into again.
 */
static struct str
behind_in(const struct unused *u, struct str directory)
{
	struct str name, rest = {"", 0};

	if (u->after.len > directory.len &&
	    memcmp(u->after.at, directory.at, directory.len) == 0)
		rest = str_from(u->after, directory.len);
	str_cut(rest, '/', &name, &rest);
	return name;
}

static int walk(struct unused *u, struct str directory);

/* One name of a directory. */
static int
visit(struct unused *u, struct str directory, struct str name)
{
	size_t mark = arena_used(u->call->arena);
	struct buf path = BUF_INIT;
	int rc = 0;

	u->more = u->shown >= u->limit || u->looked_at >= LOOKED_AT;
	buf_put_str(&path, directory);
	buf_put_str(&path, name);
	if (!u->more && is_behind(u, buf_str(&path)))
		rc = str_ends(name, "/") ? walk(u, buf_str(&path)) : look_at(u, buf_str(&path));
	buf_free(&path);
	arena_rewind(u->call->arena, mark);
	return rc;
}

/* All below a directory, in the order of paths, until there are enough. */
static int
walk(struct unused *u, struct str directory)
{
	struct call *c = u->call;
	struct names *names = arena_alloc(c->arena, sizeof(*names));
	int rc;

	if (names == NULL)
		return error_set(u->err, ERR_LIMIT, "the list is too long for a reply");
	names->arena = c->arena;
	rc = records_list(c->records, RECORD_KV_META, c->mount->uuid, directory,
	    behind_in(u, directory), LOOKED_AT, keep, names, u->err);
	for (unsigned i = 0; rc == 0 && !u->more && i < names->count; i++)
		rc = visit(u, directory, names->list[i]);
	u->more = u->more || names->count == LOOKED_AT;
	return rc;
}

static int
read_query(struct call *c, struct unused *u)
{
	int64_t days = 0, today = c->now / READERS_DAY;
	bool asked, limited;

	if (field_int(c, "unused_days", &days, &asked) != 0 ||
	    field_int(c, "limit", &u->limit, &limited) != 0 ||
	    field_text(c, "after", &u->after, NULL) != 0)
		return -1;
	if (!asked || days < 1 || days > DAYS_MAX)
		return call_refuse(c, 400,
		    "name a secret (sys/readers/<mount>/<path>), or ask for those "
		    "that nobody reads (?unused_days=90, from 1 to %d)",
		    DAYS_MAX);
	if (limited && (u->limit < 1 || u->limit > LIMIT_MAX))
		return call_refuse(c, 400, "limit must be in the range [1,%d]", LIMIT_MAX);
	u->before = days < today ? (uint32_t)(today - days) : 0;
	return 0;
}

static int
show_unused(struct call *c, const struct mount *m, struct error *err)
{
	struct unused u = {.call = c, .limit = LIMIT, .err = err};
	struct json_writer w;
	int rc;

	if (read_query(c, &u) != 0)
		return -1;
	c->mount = m;
	w = reply_data(c);
	u.out = &w;
	json_open_array(&w, "unused");
	rc = walk(&u, (struct str){"", 0});
	json_close_array(&w);
	json_put_str(&w, "after", u.more ? buf_str(&u.last) : (struct str){"", 0});
	json_close_object(&w);
	buf_free(&u.last);
	return rc;
}

int
api_readers(struct call *c, struct error *err)
{
	const struct mount *m = mounts_find(c->mounts, c->parameter[0]), *mine = c->mount;
	struct str all = c->parameter[0];
	int rc;

	if (m == NULL || m->type != MOUNT_KV2)
		return call_refuse(c, 400,
		    "readers are counted of secrets of KV version 2: "
		    "sys/readers/<mount>/<path>");
	rc = all.len <= m->path.len ? show_unused(c, m, err)
				    : show_readers(c, m, str_from(all, m->path.len), err);
	c->mount = mine;
	return rc;
}
