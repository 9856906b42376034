/*
 * Keeper: what is due when.
 *
 * A bucket is named by its number, the seconds since 1970 without their last four bits, as four
 * directories of two hex digits below that of `what`: "1/00/69/26/2c/".  An entry's record is
 * named by its id and holds `when`.
 */
#include "vaultd/keeper/agenda.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "keys/digest.h"

#define LEVELS 4
#define PATH_MAX_LEN (2 + LEVELS * 3)

static const uint8_t no_mount[16];

struct path {
	char text[PATH_MAX_LEN + 1];
	size_t len;
};

static struct str
path_str(const struct path *p)
{
	return (struct str){ p->text, p->len };
}

static struct path
top(enum agenda_what what)
{
	struct path p = { .len = 2 };

	snprintf(p.text, sizeof(p.text), "%u/", (unsigned)what % 10);
	return p;
}

static void
enter(struct path *p, unsigned digits)
{
	p->len += (size_t)snprintf(p->text + p->len, sizeof(p->text) - p->len, "%02x/",
	    digits & 0xff);
}

static struct path
path_of(enum agenda_what what, uint32_t bucket)
{
	struct path p = top(what);

	for (unsigned level = 0; level < LEVELS; level++)
		enter(&p, bucket >> 8 * (LEVELS - 1 - level));
	return p;
}

/* Before 1970 is 1970, after the year 4147 is 4147. */
static uint32_t
bucket_of(int64_t when)
{
	int64_t n = when / AGENDA_BUCKET;

	return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

void
agenda_put(struct records *r, int64_t when, enum agenda_what what, struct str id)
{
	struct path p = path_of(what, bucket_of(when));
	struct record_name n = { RECORD_AGENDA, no_mount, path_str(&p), id };
	uint64_t be = htobe64((uint64_t)when);

	if (id.len > AGENDA_ID)
		fatal("an entry of the agenda has an id of %zu bytes", id.len);
	records_put(r, &n, (struct str){ (const char *)&be, sizeof(be) });
}

void
agenda_remove(struct records *r, int64_t when, enum agenda_what what, struct str id)
{
	struct path p = path_of(what, bucket_of(when));
	struct record_name n = { RECORD_AGENDA, no_mount, path_str(&p), id };

	records_delete(r, &n);
}

int64_t
agenda_spread(struct str id, int64_t within)
{
	uint8_t hash[DIGEST_SHA256];
	uint64_t n;

	digest_sha256(id.at, id.len, hash);
	memcpy(&n, hash, sizeof(n));
	return within <= 0 ? 0 : (int64_t)(le64toh(n) % (uint64_t)within);
}

/* ---- the next bucket that has something in it ---- */

#define NO_DIGITS 0x100

struct search {
	struct records *records;
	struct error *err;
	uint32_t bucket; /* as far as it is known */
	bool found;
};

static bool
take_digits(void *arg, struct str name)
{
	unsigned *digits = arg;
	char text[3] = "";

	if (name.len == 3)
		memcpy(text, name.at, 2);
	*digits = (unsigned)strtoul(text, NULL, 16);
	return false;
}

/* The first directory in p whose digits are at least `least`. */
static int
first_from(struct search *s, const struct path *p, unsigned least, unsigned *digits)
{
	char after[3];

	*digits = NO_DIGITS;
	if (least >= NO_DIGITS)
		return 0;
	snprintf(after, sizeof(after), "%02x", least & 0xff);
	return records_list(s->records, RECORD_AGENDA, no_mount, path_str(p), str_of(after), 1,
	    take_digits, digits, s->err);
}

/* Look for the first bucket in p that is at least `from`. */
static int
descend(struct search *s, const struct path *p, unsigned level, uint32_t from)
{
	unsigned shift = 8 * (LEVELS - 1 - level), own = from >> shift & 0xff, least, digits;
	struct path inside;

	for (least = own; !s->found; least = digits + 1) {
		if (first_from(s, p, least, &digits) != 0)
			return -1;
		if (digits == NO_DIGITS)
			return 0;
		s->bucket &= ~(UINT32_C(0xff) << shift);
		s->bucket |= (uint32_t)digits << shift;
		s->found = level == LEVELS - 1;
		inside = *p;
		enter(&inside, digits);
		if (!s->found && descend(s, &inside, level + 1, digits == own ? from : 0) != 0)
			return -1;
	}
	return 0;
}

static int
find_bucket(struct search *s, enum agenda_what what, uint32_t from)
{
	struct path p = top(what);

	s->bucket = 0;
	s->found = false;
	return descend(s, &p, 0, from);
}

/* ---- the entries of one ---- */

struct slice {
	enum agenda_what what;
	unsigned count, room;
	struct agenda_entry *list; /* ids are owned */
};

static bool
keep(void *arg, struct str name, struct str text)
{
	struct slice *s = arg;
	struct reader in = reader_of(text.at, text.len);

	if (s->count == s->room) {
		s->room = s->room == 0 ? 64 : s->room * 2;
		s->list = realloc(s->list, s->room * sizeof(*s->list));
	}
	if (s->list == NULL)
		fatal("no memory for a slice of the agenda");
	s->list[s->count++] = (struct agenda_entry){
	    s->what, (int64_t)reader_u64(&in), { str_copy(name), name.len } };
	return true;
}

static void
slice_free(struct slice *s)
{
	for (unsigned i = 0; i < s->count; i++)
		free((char *)(uintptr_t)s->list[i].id.at);
	free(s->list);
}

static int
read_slice(struct records *r, const struct path *p, size_t limit, struct slice *s,
    struct error *err)
{
	if (records_walk(r, RECORD_AGENDA, no_mount, path_str(p), limit, keep, s, err) != 0)
		return -1;
	if (s->count == 0)
		return error_set(err, ERR_CORRUPT, "a bucket of the agenda has nothing in it");
	return 0;
}

/* ---- taking what is due, showing what will be ---- */

struct due {
	struct records *records;
	int64_t now;
	agenda_visit *each;
	void *arg;
};

static void
visit(const struct due *d, const struct agenda_entry *e)
{
	struct error err = ERROR_INIT;
	size_t mark = records_mark(d->records);
	int rc;

	agenda_remove(d->records, e->when, e->what, e->id);
	rc = d->each(d->arg, e, &err);
	if (rc == 0)
		return;
	records_undo(d->records, mark);
	if (rc > 0)
		return;
	log_error("what was due could not be done, and is tried again: %s", err.text);
	agenda_remove(d->records, e->when, e->what, e->id);
	agenda_put(d->records, d->now + AGENDA_AFTER_ERROR, e->what, e->id);
}

/* Of the bucket that has not ended, too, what is due. */
static int
take_slice(const struct due *d, enum agenda_what what, uint32_t bucket, unsigned limit,
    struct error *err)
{
	struct path p = path_of(what, bucket);
	struct slice s = { .what = what };
	int rc = read_slice(d->records, &p, limit, &s, err), taken = 0;

	for (unsigned i = 0; rc == 0 && i < s.count; i++)
		if (s.list[i].when <= d->now) {
			visit(d, &s.list[i]);
			taken++;
		}
	slice_free(&s);
	return rc == 0 ? taken : -1;
}

int
agenda_due(struct records *r, enum agenda_what what, int64_t now, unsigned limit,
    agenda_visit *each, void *arg, struct error *err)
{
	struct due d = { r, now, each, arg };
	struct search s = { .records = r, .err = err };
	uint32_t end = bucket_of(now);
	unsigned done = 0;
	int n;

	for (uint32_t from = 0; done < limit && from <= end; from = s.bucket + 1) {
		if (find_bucket(&s, what, from) != 0)
			return -1;
		if (!s.found || s.bucket > end)
			break;
		n = take_slice(&d, what, s.bucket, limit - done, err);
		if (n < 0)
			return -1;
		done += (unsigned)n;
	}
	return (int)done;
}

static int
by_time(const void *a, const void *b)
{
	const struct agenda_entry *one = a, *other = b;

	if (one->when != other->when)
		return one->when < other->when ? -1 : 1;
	return str_compare(one->id, other->id);
}

int
agenda_walk(struct records *r, enum agenda_what what, int64_t from, agenda_show *each,
    void *arg, struct error *err)
{
	struct search s = { .records = r, .err = err };
	bool more = true;
	int rc;

	for (uint32_t next = bucket_of(from); more; next = s.bucket + 1) {
		struct slice entries = { .what = what };
		struct path p;

		if (find_bucket(&s, what, next) != 0)
			return -1;
		if (!s.found)
			break;
		p = path_of(what, s.bucket);
		rc = read_slice(r, &p, SIZE_MAX, &entries, err);
		if (rc == 0)
			qsort(entries.list, entries.count, sizeof(*entries.list), by_time);
		for (unsigned i = 0; rc == 0 && more && i < entries.count; i++)
			more = each(arg, &entries.list[i]);
		slice_free(&entries);
		if (rc != 0)
			return -1;
		more = more && s.bucket != UINT32_MAX;
	}
	return 0;
}
