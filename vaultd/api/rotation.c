/*
 * Keeper: what rotates when.
 */
#include "vaultd/api/rotation.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/rotate.h"

#define LIMIT 100
#define LIMIT_MAX 1000
#define GRACE (300 * CLOCK_SECOND)

/* ---- what is asked for ---- */

struct query {
	struct call *call;
	struct json_writer out;
	const struct rotating *kind; /* NULL: all */
	struct str mount;            /* path; empty: all */
	struct str name;             /* empty: all */
	bool overdue;
	int64_t until;               /* shown are those that rotate up to then */
	int64_t limit, shown;
	struct rotation_item after;  /* shown are those behind it; kind 0: all */
	struct buf cursor;           /* of the last one shown */
	bool more;
	struct error *err;
};

static int
read_kind(struct call *c, struct query *q)
{
	struct str kind = { NULL, 0 };

	if (field_text(c, "kind", &kind, NULL) != 0)
		return -1;
	for (const struct rotating *r = rotating_table; kind.len > 0 && r->name != NULL; r++)
		if (str_is(kind, r->name))
			q->kind = r;
	return kind.len == 0 || q->kind != NULL ? 0 :
	    call_refuse(c, 400, "nothing of kind \"%.*s\" rotates", STR(kind));
}

static int
read_query(struct call *c, struct query *q)
{
	bool limited = false;

	*q = (struct query){ .call = c, .limit = LIMIT, .until = INT64_MAX };
	if (read_kind(c, q) != 0 || field_text(c, "mount", &q->mount, NULL) != 0 ||
	    field_text(c, "name", &q->name, NULL) != 0 ||
	    field_bool(c, "overdue", &q->overdue, NULL) != 0 ||
	    field_int(c, "limit", &q->limit, &limited) != 0)
		return -1;
	if (limited && (q->limit < 1 || q->limit > LIMIT_MAX))
		return call_refuse(c, 400, "limit must be in the range [1,%d]", LIMIT_MAX);
	return 0;
}

/* ---- where to go on: kind, time, mount and name of the last one, in hex ---- */

static void
write_cursor(struct query *q, const struct rotation_item *i)
{
	struct buf bytes = BUF_INIT;

	buf_put_u8(&bytes, (uint8_t)i->thing.kind);
	buf_put_u64(&bytes, (uint64_t)i->next);
	buf_put(&bytes, i->thing.mount, sizeof(i->thing.mount));
	buf_put_str(&bytes, i->thing.name);
	buf_clear(&q->cursor);
	hex_encode(&q->cursor, bytes.data, bytes.len);
	buf_free(&bytes);
}

static int
read_cursor(struct call *c, struct query *q)
{
	struct buf bytes = BUF_INIT;
	struct str text = { NULL, 0 };
	struct reader in;
	const uint8_t *mount = NULL;

	if (field_text(c, "after", &text, NULL) != 0)
		return -1;
	if (text.len == 0)
		return 0;
	if (hex_decode(&bytes, text)) {
		in = reader_of(bytes.data, bytes.len);
		q->after.thing.kind = (enum rotation_kind)reader_u8(&in);
		q->after.next = (int64_t)reader_u64(&in);
		mount = reader_bytes(&in, sizeof(q->after.thing.mount));
	}
	if (mount != NULL) {
		memcpy(q->after.thing.mount, mount, sizeof(q->after.thing.mount));
		q->after.thing.name =
		    arena_copy(c->arena, (struct str){ (const char *)in.at, in.left });
	}
	buf_free(&bytes);
	return mount != NULL ? 0 : call_refuse(c, 400, "\"after\" is none that a reply gave");
}

static bool
is_behind(const struct query *q, const struct rotation_item *i)
{
	int order;

	if (q->after.thing.kind != i->thing.kind)
		return true;
	if (i->next != q->after.next)
		return i->next > q->after.next;
	order = memcmp(i->thing.mount, q->after.thing.mount, sizeof(i->thing.mount));
	return order > 0 || (order == 0 && str_compare(i->thing.name, q->after.thing.name) > 0);
}

/* ---- showing things ---- */

static struct str
path_of(const struct call *c, const uint8_t mount[16])
{
	for (unsigned i = 0; i < mounts_count(c->mounts); i++)
		if (memcmp(mounts_at(c->mounts, i)->uuid, mount, 16) == 0)
			return mounts_at(c->mounts, i)->path;
	return (struct str){ "", 0 };
}

static const char *
kind_name(enum rotation_kind kind)
{
	for (const struct rotating *r = rotating_table; r->name != NULL; r++)
		if (r->kind == kind)
			return r->name;
	return "";
}

struct last {
	int64_t attempt, success;
	struct buf error;
};

static bool
take_last(void *arg, const struct rotation_thing *t, const struct rotation_event *e)
{
	struct last *l = arg;

	(void)t;
	if (l->attempt == 0) {
		l->attempt = e->when;
		if (!e->done)
			buf_put_str(&l->error, e->text);
	}
	if (e->done)
		l->success = e->when;
	return !e->done;
}

static void
put_item(struct query *q, const struct rotation_item *i, bool overdue)
{
	struct last last = { 0, 0, BUF_INIT };
	struct json_writer *w = &q->out;

	if (rotation_of(q->call->records, &i->thing, take_last, &last, NULL) != 0)
		buf_put_text(&last.error, "its history does not open");
	json_open_object(w, NULL);
	json_put_text(w, "kind", kind_name(i->thing.kind));
	json_put_str(w, "mount", path_of(q->call, i->thing.mount));
	json_put_str(w, "name", i->thing.name);
	json_put_int(w, "period", i->period / CLOCK_SECOND);
	api_put_time(w, "next", i->next);
	json_put_bool(w, "overdue", overdue);
	api_put_time(w, "last_success", last.success);
	api_put_time(w, "last_attempt", last.attempt);
	json_put_str(w, "last_error", buf_str(&last.error));
	json_close_object(w);
	buf_free(&last.error);
}

static bool
show_item(void *arg, const struct rotation_item *i)
{
	struct query *q = arg;
	bool overdue = i->due != 0 && i->due < q->call->now - GRACE;

	if (i->next > q->until)
		return false;
	if (!is_behind(q, i) || (q->overdue && !overdue) ||
	    (q->until != INT64_MAX && i->next == 0) ||
	    (q->mount.len > 0 && !str_equal(q->mount, path_of(q->call, i->thing.mount))) ||
	    (q->name.len > 0 && !str_equal(q->name, i->thing.name)))
		return true;
	if (q->shown == q->limit) {
		q->more = true;
		return false;
	}
	q->shown++;
	put_item(q, i, overdue);
	write_cursor(q, i);
	return true;
}

static int
show_kinds(struct call *c, struct query *q, struct error *err)
{
	for (const struct rotating *r = rotating_table; r->name != NULL && !q->more; r++) {
		bool from_here = r->kind == q->after.thing.kind;

		if ((q->kind != NULL && q->kind != r) || r->kind < q->after.thing.kind)
			continue;
		if (r->walk(c, from_here ? q->after.next : 0, show_item, q, err) != 0)
			return -1;
	}
	return 0;
}

static int
show(struct call *c, struct query *q, struct error *err)
{
	if (read_cursor(c, q) != 0)
		return -1;
	q->out = reply_data(c);
	json_open_array(&q->out, "items");
	if (show_kinds(c, q, err) != 0)
		return -1;
	json_close_array(&q->out);
	api_put_time(&q->out, "now", c->now);
	json_put_str(&q->out, "after", q->more ? buf_str(&q->cursor) : (struct str){ "", 0 });
	json_close_object(&q->out);
	return 0;
}

int
api_rotation(struct call *c, struct error *err)
{
	struct query q;
	int rc;

	if (read_query(c, &q) != 0)
		return -1;
	rc = show(c, &q, err);
	buf_free(&q.cursor);
	return rc;
}

int
api_rotation_due(struct call *c, struct error *err)
{
	struct query q;
	int64_t within = 0;
	int rc;

	if (read_query(c, &q) != 0 || field_duration(c, "within", &within, NULL) != 0)
		return -1;
	q.until = within > 0 && c->now < INT64_MAX - within ? c->now + within : c->now;
	rc = show(c, &q, err);
	buf_free(&q.cursor);
	return rc;
}

/* ---- what was tried ---- */

static bool
show_event(void *arg, const struct rotation_thing *t, const struct rotation_event *e)
{
	struct query *q = arg;
	struct str path = path_of(q->call, t->mount);

	if ((q->kind != NULL && q->kind->kind != t->kind) ||
	    (q->mount.len > 0 && !str_equal(q->mount, path)) ||
	    (q->name.len > 0 && !str_equal(q->name, t->name)))
		return true;
	json_open_object(&q->out, NULL);
	api_put_time(&q->out, "time", e->when);
	json_put_text(&q->out, "kind", kind_name(t->kind));
	json_put_str(&q->out, "mount", path);
	json_put_str(&q->out, "name", t->name);
	json_put_bool(&q->out, "success", e->done);
	json_put_str(&q->out, "message", e->text);
	json_close_object(&q->out);
	return ++q->shown < q->limit;
}

/* The thing that kind, mount and name tell of; false when they do not tell of one. */
static bool
one_thing(const struct query *q, struct rotation_thing *t)
{
	const struct mount *m =
	    q->mount.len > 0 ? mounts_find(q->call->mounts, q->mount) : NULL;

	if (q->kind == NULL || q->name.len == 0 || m == NULL)
		return false;
	*t = (struct rotation_thing){ .kind = q->kind->kind, .name = q->name };
	memcpy(t->mount, m->uuid, sizeof(t->mount));
	return str_equal(m->path, q->mount);
}

int
api_rotation_history(struct call *c, struct error *err)
{
	struct rotation_thing t;
	struct query q;
	int rc;

	if (read_query(c, &q) != 0)
		return -1;
	q.out = reply_data(c);
	json_open_array(&q.out, "events");
	rc = one_thing(&q, &t) ? rotation_of(c->records, &t, show_event, &q, err) :
				 rotation_all(c->records, show_event, &q, err);
	json_close_array(&q.out);
	json_close_object(&q.out);
	return rc;
}
