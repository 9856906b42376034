/*
 * Keeper: who still reads what.
 *
 * A secret that is counted has a row in memory: with its record not read yet it holds what came
 * since, once that was read it holds everything, so writing it twice does no harm.  A row stays
 * when it is written, so that the next reading on the same day costs a look; there are ROWS of
 * those at most.  Identities are texts that many rows share.
 */
#include "vaultd/keeper/readers.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "vaultd/keeper/interned.h"

#define FLUSH_EVERY (10 * CLOCK_SECOND)
#define FLUSH_SLICE 256 /* secrets */
#define ROWS 65536

enum state {
	CLEAN,  /* as in its record */
	DIRTY,  /* to be written */
	WRITTEN /* in a batch that may yet fail */
};

struct seen {
	uint32_t identity; /* interned */
	uint32_t version, day;
};

struct row {
	struct row *next;   /* in the bucket */
	struct row *behind; /* among the dirty or the written */
	uint8_t mount[16];
	struct str path; /* owned */
	enum state state;
	bool again; /* read since it was written */
	bool whole; /* what its record says is counted in */
	uint32_t dropped;
	unsigned count, room, hit; /* hit: the one counted last */
	struct seen *seen;
};

struct readers {
	struct row **rows;
	size_t count;
	struct row *dirty, *written;
	uint64_t failures; /* of batches, before `written` was written */
	uint64_t seed;
	struct interned *identities;
};

static void *
checked(void *memory)
{
	if (memory == NULL)
		fatal("no memory to count readers");
	return memory;
}

static struct str
copy(struct str s)
{
	char *at = checked(malloc(s.len + 1));

	memcpy(at, s.at, s.len);
	return (struct str){at, s.len};
}

struct readers *
readers_new(void)
{
	struct readers *r = checked(calloc(1, sizeof(*r)));

	r->rows = checked(calloc(ROWS, sizeof(struct row *)));
	random_bytes(&r->seed, sizeof(r->seed));
	r->identities = interned_new(r->seed);
	return r;
}

static void
row_free(struct row *row)
{
	free((char *)(uintptr_t)row->path.at);
	free(row->seen);
	free(row);
}

void
readers_free(struct readers **rp)
{
	struct readers *r = *rp;
	struct row *row;

	if (r == NULL)
		return;
	for (size_t i = 0; i < ROWS; i++)
		while ((row = r->rows[i]) != NULL) {
			r->rows[i] = row->next;
			row_free(row);
		}
	interned_free(&r->identities);
	free(r->rows);
	free(r);
	*rp = NULL;
}

/* ---- rows ---- */

static struct row **
find(const struct readers *r, const uint8_t mount[16], struct str path)
{
	uint64_t h = interned_hash(interned_hash(r->seed, mount, 16), path.at, path.len);
	struct row **at = &r->rows[h % ROWS];

	while (*at != NULL &&
	       !(str_equal((*at)->path, path) && memcmp((*at)->mount, mount, 16) == 0))
		at = &(*at)->next;
	return at;
}

static struct row *
open_row(struct readers *r, const uint8_t mount[16], struct str path)
{
	struct row **at = find(r, mount, path), *row = *at;

	if (row != NULL)
		return row;
	row = checked(calloc(1, sizeof(*row)));
	memcpy(row->mount, mount, sizeof(row->mount));
	row->path = copy(path);
	*at = row;
	r->count++;
	return row;
}

/* A row that is in its record need not be kept, if there are many. */
static void
let_go(struct readers *r, struct row *row)
{
	struct row **at;

	if (row->state != CLEAN || r->count <= ROWS)
		return;
	at = find(r, row->mount, row->path);
	*at = row->next;
	r->count--;
	row_free(row);
}

/* The oldest goes when there is no room. */
static struct seen *
make_room(struct row *row)
{
	unsigned oldest = 0;

	if (row->count == READERS_EACH) {
		for (unsigned i = 1; i < row->count; i++)
			if (row->seen[i].day < row->seen[oldest].day ||
			    (row->seen[i].day == row->seen[oldest].day &&
				row->seen[i].version < row->seen[oldest].version))
				oldest = i;
		row->dropped++;
		return &row->seen[oldest];
	}
	if (row->count == row->room) {
		row->room = row->room == 0 ? 2 : row->room * 2;
		row->seen = checked(realloc(row->seen, row->room * sizeof(*row->seen)));
	}
	return &row->seen[row->count++];
}

static bool
is_same(const struct row *row, unsigned i, const struct seen *s)
{
	return row->seen[i].identity == s->identity && row->seen[i].version == s->version;
}

/* True: it was not known, or of an earlier day. */
static bool
see(struct row *row, const struct seen *s)
{
	unsigned i = row->hit;
	struct seen *at;

	if (i >= row->count || !is_same(row, i, s))
		for (i = 0; i < row->count && !is_same(row, i, s); i++)
			;
	if (i < row->count && row->seen[i].day >= s->day) {
		row->hit = i;
		return false;
	}
	at = i < row->count ? &row->seen[i] : make_room(row);
	*at = *s;
	row->hit = (unsigned)(at - row->seen);
	return true;
}

static void
queue(struct row **list, struct row *row, enum state state)
{
	row->state = state;
	row->behind = *list;
	*list = row;
}

void
readers_note(struct readers *r, const uint8_t mount[16], struct str path, uint32_t version,
    struct str identity, int64_t now)
{
	struct seen s = {
	    interned_add(r->identities, identity), version, (uint32_t)(now / READERS_DAY)};
	struct row *row;

	if (r->count >= (size_t)2 * ROWS && *find(r, mount, path) == NULL)
		return; /* more in ten seconds than are written in that time */
	row = open_row(r, mount, path);
	if (!see(row, &s))
		return;
	row->again = true;
	if (row->state == CLEAN)
		queue(&r->dirty, row, DIRTY);
}

/* ---- records: dropped u32, then identity (block), version and day (u32) of each ---- */

static struct record_name
name_of(const uint8_t mount[16], struct str path)
{
	return (struct record_name){RECORD_READERS, mount, {"", 0}, path};
}

static int
read_record(struct readers *r, struct records *records, struct row *row, struct error *err)
{
	struct record_name n = name_of(row->mount, row->path);
	struct buf text = BUF_INIT;
	struct reader in;
	int rc = records_find(records, &n, &text, err);

	in = reader_of(text.data, text.len);
	if (rc == 0 && in.left > 0)
		row->dropped += reader_u32(&in);
	while (rc == 0 && in.left > 0 && !in.bad) {
		struct str identity = reader_block(&in);
		struct seen s = {.version = reader_u32(&in)};

		s.day = reader_u32(&in);
		if (in.bad)
			break;
		s.identity = interned_add(r->identities, identity);
		see(row, &s);
	}
	if (rc == 0 && in.bad)
		rc = error_set(
		    err, ERR_CORRUPT, "the record of a secret's readers is malformed");
	buf_free(&text);
	row->whole = rc == 0;
	return rc;
}

static void
write_record(struct readers *r, struct records *records, struct row *row)
{
	struct record_name n = name_of(row->mount, row->path);
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (!row->whole && read_record(r, records, row, &err) != 0) {
		log_error("readers of a secret are counted anew: %s", err.text);
		row->whole = true;
	}
	if (row->count == 0) /* it was forgotten meanwhile */
		return;
	buf_put_u32(&text, row->dropped);
	for (unsigned i = 0; i < row->count; i++) {
		struct str identity = interned_text(r->identities, row->seen[i].identity);

		buf_put_block(&text, identity.at, identity.len);
		buf_put_u32(&text, row->seen[i].version);
		buf_put_u32(&text, row->seen[i].day);
	}
	records_put(records, &n, buf_str(&text));
	buf_free(&text);
}

/* What became of the rows written last. */
static void
settle(struct readers *r, struct records *records)
{
	bool failed = records_failures(records) != r->failures;
	struct row *row;

	while ((row = r->written) != NULL) {
		r->written = row->behind;
		if (failed || row->again) {
			queue(&r->dirty, row, DIRTY);
		} else {
			row->state = CLEAN;
			let_go(r, row);
		}
	}
	r->failures = records_failures(records);
}

bool
readers_flush(struct readers *r, struct records *records, unsigned limit)
{
	struct row *row;

	settle(r, records);
	for (; limit > 0 && (row = r->dirty) != NULL; limit--) {
		r->dirty = row->behind;
		write_record(r, records, row);
		row->again = false;
		queue(&r->written, row, WRITTEN);
	}
	return r->dirty != NULL;
}

void
readers_forget(
    struct readers *r, struct records *records, const uint8_t mount[16], struct str path)
{
	struct row *row = *find(r, mount, path);
	struct record_name n = name_of(mount, path);

	records_delete(records, &n);
	if (row != NULL) {
		row->count = row->dropped = 0;
		row->whole = false;
	}
}

int
readers_read(struct readers *r, struct records *records, const uint8_t mount[16],
    struct str path, readers_visit *each, void *arg, uint32_t *dropped, struct error *err)
{
	struct row *row = open_row(r, mount, path);
	int rc = row->whole ? 0 : read_record(r, records, row, err);

	*dropped = row->dropped;
	for (unsigned i = 0; rc == 0 && i < row->count; i++)
		each(arg, &(struct reading){interned_text(r->identities, row->seen[i].identity),
			      row->seen[i].version, row->seen[i].day});
	let_go(r, row);
	return rc;
}

int
readers_keep(struct chore_run *run, struct error *err)
{
	(void)err;
	run->again =
	    readers_flush(run->call.readers, run->call.records, FLUSH_SLICE) ? 0 : FLUSH_EVERY;
	return 0;
}
