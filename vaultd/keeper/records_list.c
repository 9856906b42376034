/*
 * Keeper: the names in a directory, out of the store and the batch.
 */
#include <stdlib.h>
#include <string.h>

#include "vaultd/keeper/records_state.h"

struct listing {
	struct records *r;
	struct record_place place; /* kind, mount and directory half of the id */
	struct str after;
	struct str *names;
	size_t count, room;
	struct buf bytes; /* of the name being read */
	struct error *err;
	bool failed;  /* something did not open */
	bool lenient; /* which ends nothing */
	size_t most;  /* names; 0: all */
};

static void
keep_name(struct listing *l, struct str name)
{
	char *copy;

	if (l->after.len > 0 && str_compare(name, l->after) <= 0)
		return;
	if (l->count == l->room) {
		l->room = l->room == 0 ? 64 : l->room * 2;
		l->names = realloc(l->names, l->room * sizeof(*l->names));
	}
	copy = malloc(name.len + 1);
	if (l->names == NULL || copy == NULL)
		fatal("no memory for a list of %zu names", l->room);
	memcpy(copy, name.at, name.len);
	l->names[l->count++] = (struct str){ copy, name.len };
}

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
		l->failed = true;
		return;
	}
	head = reader_of(l->bytes.data, l->bytes.len);
	len = reader_u16(&head);
	at = reader_bytes(&head, len);
	if (at != NULL)
		keep_name(l, (struct str){ (const char *)at, len });
}

static bool
list_stored(void *arg, struct str key, struct str value, uint64_t version)
{
	struct listing *l = arg;

	(void)version;
	if (!l->r->writing || records_newest(l->r, (const uint8_t *)key.at) == NULL)
		list_record(l, (const uint8_t *)key.at, value);
	return (!l->failed || l->lenient) && (l->most == 0 || l->count < l->most);
}

static void
list_batch(struct listing *l)
{
	struct records *r = l->r;

	for (size_t i = 0; r->writing && i < r->count; i++) {
		struct change *c = &r->changes[i];

		if (memcmp(c->id, l->place.id, RECORD_ID / 2) == 0 && records_newest(r, c->id) == c &&
		    !c->erase)
			list_record(l, c->id, buf_str(&c->record));
	}
}

static int
by_name(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
gather(struct listing *l, const struct record_name *n)
{
	l->place = records_place(l->r, n);
	store_walk(l->r->store, STORE_RECORDS,
	    (struct str){ (const char *)l->place.id, RECORD_ID / 2 }, (struct str){ NULL, 0 },
	    list_stored, l);
	list_batch(l);
}

static void
show(const struct listing *l, size_t limit, record_visit *each, void *arg)
{
	for (size_t i = 0; i < l->count && (limit == 0 || i < limit); i++)
		if (!each(arg, l->names[i]))
			break;
}

static void
clear(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free((char *)(uintptr_t)l->names[i].at);
	free(l->names);
	buf_free(&l->bytes);
}

int
records_list(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, struct str after, size_t limit, record_visit *each, void *arg,
    struct error *err)
{
	struct record_name n = { kind, mount, directory, { "", 0 } };
	struct listing l = { .r = r, .after = after, .err = err };

	gather(&l, &n);
	if (l.count > 0)
		qsort(l.names, l.count, sizeof(*l.names), by_name);
	if (!l.failed)
		show(&l, limit, each, arg);
	clear(&l);
	return l.failed ? -1 : 0;
}

void
records_some(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, size_t limit, record_visit *each, void *arg)
{
	struct record_name n = { kind, mount, directory, { "", 0 } };
	struct listing l = { .r = r, .lenient = true, .most = limit };

	gather(&l, &n);
	show(&l, limit, each, arg);
	clear(&l);
}
