/*
 * Keeper: what is in a directory, out of the store and the batch: its names, or its records.
 * Each costs an unwrap, so long directories are read in slices (long_list).
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
	uint8_t at[RECORD_ID]; /* what was read last of the store */
	size_t left; /* SIZE_MAX, or so many records to read of it */
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
	memcpy(l->at, key.at, RECORD_ID);
	return !l->failed && !l->enough && (l->left == SIZE_MAX || --l->left > 0);
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

static void
list_store(struct listing *l, struct str after)
{
	store_walk(l->r->store, STORE_RECORDS,
	    (struct str){ (const char *)l->place.id, RECORD_ID / 2 }, after, list_stored, l);
}

static int
list(struct listing *l, enum record_kind kind, const uint8_t mount[16], struct str directory)
{
	struct record_name n = { kind, mount, directory, { "", 0 } };

	l->place = records_place(l->r, &n);
	l->left = SIZE_MAX;
	list_store(l, (struct str){ NULL, 0 });
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
show(const struct names *l, size_t limit, record_visit *each, void *arg)
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

static void
sort(struct names *l)
{
	if (l->count > 0)
		qsort(l->list, l->count, sizeof(*l->list), by_name);
}

/* ---- long lists, in slices ---- */

#define SLICE 1000 /* records: a millisecond or two */

struct long_list {
	struct long_list *next; /* others of the same request, done */
	struct record_place place;
	uint8_t at[RECORD_ID]; /* read so far */
	bool done;
	struct error err;   /* of a record that does not open */
	struct names names; /* after: owned */
};

void
long_list_free(struct long_list **lists)
{
	struct long_list *l;

	while ((l = *lists) != NULL) {
		*lists = l->next;
		clear(&l->names);
		free((char *)(uintptr_t)l->names.after.at);
		free(l);
	}
}

bool
long_list_waits(const struct long_list *l)
{
	return l != NULL && !l->done;
}

bool
long_list_go_on(struct records *r, struct long_list *l)
{
	struct listing s = { .r = r, .place = l->place, .each = keep_name, .arg = &l->names,
		.left = SLICE, .err = &l->err };

	memcpy(s.at, l->at, sizeof(s.at));
	list_store(&s, (struct str){ (const char *)l->at, sizeof(l->at) });
	buf_free(&s.bytes);
	memcpy(l->at, s.at, sizeof(l->at));
	if (!s.failed && s.left == 0)
		return false;
	l->done = true;
	sort(&l->names);
	return true;
}

static struct long_list *
begin(const struct record_place *place, struct str after)
{
	struct long_list *l = calloc(1, sizeof(*l));

	if (l == NULL)
		fatal("no memory for a long list");
	l->place = *place;
	memcpy(l->at, place->id, RECORD_ID / 2);
	l->names.after = (struct str){ str_copy(after), after.len };
	return l;
}

static const struct long_list *
find_long(const struct records *r, const struct record_place *place, struct str after)
{
	const struct long_list *l = r->long_lists;

	while (l != NULL && (memcmp(l->place.id, place->id, RECORD_ID / 2) != 0 ||
				!str_equal(l->names.after, after)))
		l = l->next;
	return l;
}

static int
show_long(const struct long_list *l, size_t limit, record_visit *each, void *arg,
    struct error *err)
{
	if (l->err.code != ERR_NONE)
		return error_set(err, l->err.code, "%s", l->err.text);
	show(&l->names, limit, each, arg);
	return 0;
}

/* n->name: list what is behind it.  What ends within a slice is listed at once. */
static int
list_patiently(struct records *r, const struct record_name *n, size_t limit, record_visit *each,
    void *arg, struct error *err)
{
	struct record_place place = records_place(r, &(struct record_name){ n->kind, n->mount,
	    n->directory, { "", 0 } });
	const struct long_list *have = find_long(r, &place, n->name);
	struct long_list *l;
	int rc;

	if (have != NULL)
		return show_long(have, limit, each, arg, err);
	l = begin(&place, n->name);
	if (long_list_go_on(r, l)) {
		rc = show_long(l, limit, each, arg, err);
		long_list_free(&l);
		return rc;
	}
	l->next = r->long_lists;
	r->long_lists = l;
	return error_set(err, ERR_LIMIT, "a long list is to be read first");
}

void
records_patient(struct records *r, struct long_list *lists)
{
	r->patient = true;
	r->long_lists = lists;
}

struct long_list *
records_impatient(struct records *r)
{
	struct long_list *lists = r->long_lists;

	r->patient = false;
	r->long_lists = NULL;
	return lists;
}

/* ---- names of a directory ---- */

int
records_list(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, struct str after, size_t limit, record_visit *each, void *arg,
    struct error *err)
{
	struct names names = { .after = after };
	struct listing l = { .r = r, .each = keep_name, .arg = &names, .err = err };
	int rc;

	if (r->patient && !r->writing)
		return list_patiently(r, &(struct record_name){ kind, mount, directory, after },
		    limit, each, arg, err);
	rc = list(&l, kind, mount, directory);
	sort(&names);
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
