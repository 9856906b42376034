/*
 * Keeper: records put and deleted, and the markers of the directories that hold them.
 */
#include "vaultd/keeper/records_state.h"

#include <string.h>

static void
put(struct records *r, const struct record_name *n, struct str text)
{
	struct record_place p = records_place(r, n);
	struct buf named = BUF_INIT;
	struct str old;
	uint32_t term;
	uint64_t generation;
	struct change *c;

	if (records_look_up(r, p.id, &old)) {
		(void)record_peek(old, &term, &p.version, &generation);
		records_account(r, p.id, old, false);
	}
	p.version++;
	p.generation = r->root.sequence + 1;
	if (record_traits[n->kind].listed) {
		buf_put_u16(&named, (uint16_t)n->name.len);
		buf_put_str(&named, n->name);
		buf_put_str(&named, text);
		text = buf_str(&named);
	}
	records_know_mount(r, p.mount);
	c = records_append(r, &p);
	records_wrap(r, &p, text, &c->record);
	records_account(r, p.id, buf_str(&c->record), true);
	buf_free(&named);
}

static bool
erase(struct records *r, const struct record_name *n)
{
	struct record_place p = records_place(r, n);
	struct str old;

	if (!records_look_up(r, p.id, &old))
		return false;
	records_account(r, p.id, old, false);
	p.generation = r->root.sequence + 1;
	records_append(r, &p)->erase = true;
	return true;
}

/* "a/b/" is the marker "b/" in "a/". */
static struct record_name
marker_of(const struct record_name *n)
{
	struct str inside = { n->directory.at, n->directory.len - 1 };
	struct record_name m = record_name_of(n->kind, n->mount, inside);

	m.name.len++;
	return m;
}

struct empty_check {
	struct records *r;
	bool empty;
};

static bool
spot(void *arg, struct str key, struct str value, uint64_t version)
{
	struct empty_check *e = arg;
	struct change *c = records_newest(e->r, (const uint8_t *)key.at);

	(void)value;
	(void)version;
	e->empty = c != NULL && c->erase;
	return e->empty;
}

static bool
directory_empty(struct records *r, const struct record_name *n)
{
	struct record_place p = records_place(r, n);
	struct empty_check e = { r, true };

	for (size_t i = 0; i < r->count; i++)
		if (!r->changes[i].erase && memcmp(r->changes[i].id, p.id, RECORD_ID / 2) == 0 &&
		    records_newest(r, r->changes[i].id) == &r->changes[i])
			return false;
	store_walk(r->store, STORE_RECORDS, (struct str){ (const char *)p.id, RECORD_ID / 2 },
	    (struct str){ NULL, 0 }, spot, &e);
	return e.empty;
}

void
records_put(struct records *r, const struct record_name *n, struct str text)
{
	struct record_name m = *n;

	put(r, n, text);
	while (record_traits[n->kind].listed && m.directory.len > 0) {
		m = marker_of(&m);
		if (records_has(r, &m))
			break;
		put(r, &m, (struct str){ NULL, 0 });
	}
}

void
records_delete(struct records *r, const struct record_name *n)
{
	struct record_name m = *n;

	if (!erase(r, n))
		return;
	while (record_traits[n->kind].listed && m.directory.len > 0 && directory_empty(r, &m)) {
		m = marker_of(&m);
		erase(r, &m);
	}
}
