/*
 * Keeper: what is in a directory, out of the store and the batch: its names, or its records.
 */
#include <stdlib.h>
#include <string.h>

#include "vaultd/keeper/records_state.h"

struct listing {
	struct records *r;
	struct record_place place; /* kind, mount and directory half of the id */
	record_read *each;
	void *arg;
	struct buf bytes; /* of the record being read */
	struct error *err;
	bool lenient; /* what does not open is left out */
	bool failed;  /* something did not open */
	bool enough;  /* each wants no more */
};

/* ---- reading what is there, in the order of keys ---- */

static void
list_record(struct listing *l, const uint8_t *id, struct str record)
{
	struct record_place p = l->place;
	struct reader head;
	size_t len;
	const uint8_t *at;

	memcpy(p.id, id, RECORD_ID);
	buf_clear(&l->bytes);
	if (records_unwrap(l->r, &p, record, &l->bytes, l->err) != 0) {
		l->failed = !l->lenient;
		return;
	}
	head = reader_of(l->bytes.data, l->bytes.len);
	len = reader_u16(&head);
	at = reader_bytes(&head, len);
	if (at != NULL)
		l->enough = !l->each(l->arg, (struct str){ (const char *)at, len },
		    (struct str){ (const char *)head.at, head.left });
}

static bool
list_stored(void *arg, struct str key, struct str value, uint64_t version)
{
	struct listing *l = arg;

	(void)version;
	if (!l->r->writing || records_newest(l->r, (const uint8_t *)key.at) == NULL)
		list_record(l, (const uint8_t *)key.at, value);
	return !l->failed && !l->enough;
}

static void
list_batch(struct listing *l)
{
	struct records *r = l->r;

	for (size_t i = 0; r->writing && i < r->count && !l->failed && !l->enough; i++) {
		struct change *c = &r->changes[i];

		if (memcmp(c->id, l->place.id, RECORD_ID / 2) == 0 && records_newest(r, c->id) == c &&
		    !c->erase)
			list_record(l, c->id, buf_str(&c->record));
	}
}

static int
list(struct listing *l, enum record_kind kind, const uint8_t mount[16], struct str directory)
{
	struct record_name n = { kind, mount, directory, { "", 0 } };

	l->place = records_place(l->r, &n);
	store_walk(l->r->store, STORE_RECORDS,
	    (struct str){ (const char *)l->place.id, RECORD_ID / 2 }, (struct str){ NULL, 0 },
	    list_stored, l);
	list_batch(l);
	buf_free(&l->bytes);
	return l->failed ? -1 : 0;
}

struct counted {
	size_t left;
	record_read *each;
	void *arg;
};

static bool
count_down(void *arg, struct str name, struct str text)
{
	struct counted *c = arg;

	return c->each(c->arg, name, text) && --c->left > 0;
}

int
records_walk(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, size_t limit, record_read *each, void *arg, struct error *err)
{
	struct counted c = { limit, each, arg };
	struct listing l = { .r = r, .each = count_down, .arg = &c, .err = err };

	return list(&l, kind, mount, directory);
}

/* ---- names, sorted ---- */

struct names {
	struct str after;
	struct str *list;
	size_t count, room;
};

static bool
keep_name(void *arg, struct str name, struct str text)
{
	struct names *l = arg;

	(void)text;
	if (l->after.len > 0 && str_compare(name, l->after) <= 0)
		return true;
	if (l->count == l->room) {
		l->room = l->room == 0 ? 64 : l->room * 2;
		l->list = realloc(l->list, l->room * sizeof(*l->list));
	}
	if (l->list == NULL)
		fatal("no memory for a list of %zu names", l->room);
	l->list[l->count++] = (struct str){ str_copy(name), name.len };
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
show(struct names *l, size_t limit, record_visit *each, void *arg)
{
	for (size_t i = 0; i < l->count && (limit == 0 || i < limit); i++)
		if (!each(arg, l->list[i]))
			break;
}

static void
clear(struct names *l)
{
	for (size_t i = 0; i < l->count; i++)
		free((char *)(uintptr_t)l->list[i].at);
	free(l->list);
}

int
records_list(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, struct str after, size_t limit, record_visit *each, void *arg,
    struct error *err)
{
	struct names names = { .after = after };
	struct listing l = { .r = r, .each = keep_name, .arg = &names, .err = err };
	int rc = list(&l, kind, mount, directory);

	if (names.count > 0)
		qsort(names.list, names.count, sizeof(*names.list), by_name);
	if (rc == 0)
		show(&names, limit, each, arg);
	clear(&names);
	return rc;
}

void
records_some(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, size_t limit, record_visit *each, void *arg)
{
	struct names names = { .after = { NULL, 0 } };
	struct counted c = { limit, keep_name, &names };
	struct listing l = { .r = r, .each = count_down, .arg = &c, .lenient = true };

	(void)list(&l, kind, mount, directory);
	show(&names, 0, each, arg);
	clear(&names);
}
