/*
 * Keeper: counters of named keys.
 *
 * A key that is counted has a row in memory: with no record read yet it holds what came since,
 * once its record was read it holds everything.  So writing a row twice does no harm, and rows
 * are kept as written only until it is known that the batch was committed.
 */
#include "vaultd/keeper/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#define FLUSH_EVERY (10 * CLOCK_SECOND)
#define FLUSH_SLICE 256                  /* keys */
#define SLICE_EVERY (CLOCK_SECOND / 50)  /* so that callers' writes come between */
#define VERSION_SIZE (4 + 8 + 8 * USAGE_OPERATIONS) /* in a record */

enum state {
	CLEAN,  /* as in its record */
	DIRTY,  /* to be written */
	WRITTEN /* in a batch that may yet fail */
};

struct usage_key {
	struct usage *all;
	struct usage_key *next;   /* in the bucket */
	struct usage_key *behind; /* among the dirty or the written */
	uint8_t mount[16];
	struct str name;          /* owned */
	unsigned holders;
	enum state state;
	bool again;               /* used since it was written */
	bool whole;               /* what its record says is counted in */
	unsigned count, room, hit;
	struct usage_version *versions; /* by number; hit: the last one used */
};

struct usage {
	struct usage_key **buckets;
	size_t count, mask;
	struct usage_key *dirty, *written;
	uint64_t failures; /* of batches, before `written` was written */
	uint64_t seed;
};

/* ---- rows ---- */

/* FNV-1a, from a seed that nobody knows. */
static uint64_t
hash(const struct usage *u, const uint8_t mount[16], struct str name)
{
	uint64_t h = u->seed;

	for (size_t i = 0; i < 16; i++)
		h = (h ^ mount[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (uint8_t)name.at[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static struct usage_key **
make_buckets(size_t n)
{
	struct usage_key **buckets = calloc(n, sizeof(struct usage_key *));

	if (buckets == NULL)
		fatal("no memory to count the uses of %zu keys", n);
	return buckets;
}

struct usage *
usage_new(void)
{
	struct usage *u = calloc(1, sizeof(*u));

	if (u == NULL)
		fatal("no memory to count the uses of keys");
	u->mask = 255;
	u->buckets = make_buckets(u->mask + 1);
	random_bytes(&u->seed, sizeof(u->seed));
	return u;
}

static void
row_free(struct usage_key *k)
{
	free((char *)(uintptr_t)k->name.at);
	free(k->versions);
	free(k);
}

void
usage_free(struct usage **up)
{
	struct usage *u = *up;
	struct usage_key *k;

	if (u == NULL)
		return;
	for (size_t i = 0; i <= u->mask; i++)
		while ((k = u->buckets[i]) != NULL) {
			u->buckets[i] = k->next;
			row_free(k);
		}
	free(u->buckets);
	free(u);
	*up = NULL;
}

static struct usage_key **
place(const struct usage *u, const uint8_t mount[16], struct str name)
{
	struct usage_key **at = &u->buckets[hash(u, mount, name) & u->mask];

	while (*at != NULL &&
	    !(str_equal((*at)->name, name) && memcmp((*at)->mount, mount, 16) == 0))
		at = &(*at)->next;
	return at;
}

static void
grow(struct usage *u)
{
	struct usage old = *u;
	struct usage_key *k, **to;

	u->mask = u->mask * 2 + 1;
	u->buckets = make_buckets(u->mask + 1);
	for (size_t i = 0; i <= old.mask; i++)
		while ((k = old.buckets[i]) != NULL) {
			old.buckets[i] = k->next;
			to = &u->buckets[hash(u, k->mount, k->name) & u->mask];
			k->next = *to;
			*to = k;
		}
	free(old.buckets);
}

static struct usage_key *
row_new(struct usage *u, const uint8_t mount[16], struct str name)
{
	struct usage_key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		fatal("no memory to count the uses of a key");
	memcpy(k->mount, mount, sizeof(k->mount));
	k->all = u;
	k->name = (struct str){ str_copy(name), name.len };
	return k;
}

/* A row that nobody holds and that is in its record need not be kept. */
static void
let_go(struct usage_key *k)
{
	struct usage_key **at;

	if (k->holders > 0 || k->state != CLEAN)
		return;
	at = place(k->all, k->mount, k->name);
	*at = k->next;
	k->all->count--;
	row_free(k);
}

struct usage_key *
usage_open(struct usage *u, const uint8_t mount[16], struct str name)
{
	struct usage_key **at = place(u, mount, name);

	if (*at == NULL) {
		if (u->count++ > u->mask) {
			grow(u);
			at = place(u, mount, name);
		}
		*at = row_new(u, mount, name);
	}
	(*at)->holders++;
	return *at;
}

void
usage_close(struct usage_key **k)
{
	struct usage_key *row = *k;

	*k = NULL;
	if (row == NULL)
		return;
	row->holders--;
	let_go(row);
}

/* ---- counting ---- */

static struct usage_version *
add_version(struct usage_key *k, uint32_t number, unsigned at)
{
	if (k->count == k->room) {
		k->room = k->room == 0 ? 1 : k->room * 2;
		k->versions = realloc(k->versions, k->room * sizeof(*k->versions));
		if (k->versions == NULL)
			fatal("no memory to count the uses of a key");
	}
	memmove(&k->versions[at + 1], &k->versions[at],
	    (k->count++ - at) * sizeof(*k->versions));
	k->versions[at] = (struct usage_version){ .number = number };
	return &k->versions[at];
}

/* The counters of a version, made when there are none. */
static struct usage_version *
version(struct usage_key *k, uint32_t number)
{
	unsigned low = 0, high = k->count;

	if (k->hit < k->count && k->versions[k->hit].number == number)
		return &k->versions[k->hit];
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (k->versions[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	k->hit = low;
	if (low < k->count && k->versions[low].number == number)
		return &k->versions[low];
	return add_version(k, number, low);
}

static void
queue(struct usage_key **list, struct usage_key *k, enum state state)
{
	k->state = state;
	k->behind = *list;
	*list = k;
}

void
usage_note(struct usage_key *k, uint32_t number, enum usage_operation op, uint32_t n,
    int64_t now)
{
	struct usage_version *v = version(k, number);

	v->count[op] += n;
	if (now > v->last)
		v->last = now;
	k->again = true;
	if (k->state == CLEAN)
		queue(&k->all->dirty, k, DIRTY);
}

/* ---- records ---- */

static struct record_name
name_of(const uint8_t mount[16], struct str name)
{
	return (struct record_name){ RECORD_USAGE, mount, { "", 0 }, name };
}

/* Count what the record says into a row.  0 also when there is none. */
static int
read_record(struct records *r, struct usage_key *k, struct error *err)
{
	struct record_name n = name_of(k->mount, k->name);
	struct buf text = BUF_INIT;
	struct reader in;
	int rc = records_find(r, &n, &text, err);

	if (rc == 0 && text.len % VERSION_SIZE != 0)
		rc = error_set(err, ERR_CORRUPT, "the record of a key's use is malformed");
	in = reader_of(text.data, text.len);
	while (rc == 0 && in.left > 0) {
		struct usage_version *v = version(k, reader_u32(&in));
		int64_t last = (int64_t)reader_u64(&in);

		if (last > v->last)
			v->last = last;
		for (unsigned i = 0; i < USAGE_OPERATIONS; i++)
			v->count[i] += reader_u64(&in);
	}
	buf_free(&text);
	k->whole = rc == 0;
	return rc;
}

static void
write_record(struct records *r, struct usage_key *k)
{
	struct record_name n = name_of(k->mount, k->name);
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (!k->whole && read_record(r, k, &err) != 0) {
		log_error("counting begins anew: %s", err.text);
		k->whole = true;
	}
	if (k->count == 0) /* it was forgotten meanwhile */
		return;
	for (unsigned i = 0; i < k->count; i++) {
		buf_put_u32(&text, k->versions[i].number);
		buf_put_u64(&text, (uint64_t)k->versions[i].last);
		for (unsigned op = 0; op < USAGE_OPERATIONS; op++)
			buf_put_u64(&text, k->versions[i].count[op]);
	}
	records_put(r, &n, buf_str(&text));
	buf_free(&text);
}

/* What became of the rows written last. */
static void
settle(struct usage *u, struct records *r)
{
	bool failed = records_failures(r) != u->failures;
	struct usage_key *k;

	while ((k = u->written) != NULL) {
		u->written = k->behind;
		if (failed || k->again) {
			queue(&u->dirty, k, DIRTY);
		} else {
			k->state = CLEAN;
			let_go(k);
		}
	}
	u->failures = records_failures(r);
}

bool
usage_flush(struct usage *u, struct records *r, unsigned limit)
{
	struct usage_key *k;

	settle(u, r);
	for (; limit > 0 && (k = u->dirty) != NULL; limit--) {
		u->dirty = k->behind;
		write_record(r, k);
		k->again = false;
		queue(&u->written, k, WRITTEN);
	}
	return u->dirty != NULL;
}

void
usage_forget(struct usage *u, struct records *r, const uint8_t mount[16], struct str name)
{
	struct usage_key *k = *place(u, mount, name);
	struct record_name n = name_of(mount, name);

	records_delete(r, &n);
	if (k != NULL) {
		k->count = 0;
		k->whole = false;
	}
}

int
usage_read(struct usage *u, struct records *r, const uint8_t mount[16], struct str name,
    usage_visit *each, void *arg, struct error *err)
{
	struct usage_key *k = usage_open(u, mount, name);
	int rc = k->whole ? 0 : read_record(r, k, err);

	for (unsigned i = 0; rc == 0 && i < k->count; i++)
		each(arg, &k->versions[i]);
	usage_close(&k);
	return rc;
}

int
usage_keep(struct chore_run *run, struct error *err)
{
	bool more = usage_flush(run->call.usage, run->call.records, FLUSH_SLICE);

	(void)err;
	run->again = more ? SLICE_EVERY : FLUSH_EVERY;
	return 0;
}
