/*
 * Keeper: who came, in memory until the next batch, and in the ring of records.
 */
#include "vaultd/keeper/callers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vaultd/keeper/packed.h"

#define NOTED 4096  /* not written yet; more than come between two batches */
#define KNOWN 4096  /* noted lately: not noted again */
#define SLICE 256   /* written at once */
#define PAUSE (CLOCK_SECOND / 10)

struct noted {
	char id[UUID_TEXT];
	char *spiffe_id;
	int64_t since;
};

struct callers {
	unsigned kept; /* places in the ring */
	unsigned count;
	struct noted list[NOTED];
	char known[KNOWN][UUID_TEXT];
	unsigned written; /* since known was last cleared */
};

struct callers *
callers_new(unsigned kept)
{
	struct callers *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("no memory for callers");
	c->kept = kept;
	return c;
}

void
callers_free(struct callers **c)
{
	if (*c == NULL)
		return;
	for (unsigned i = 0; i < (*c)->count; i++)
		free((*c)->list[i].spiffe_id);
	free(*c);
	*c = NULL;
}

/* Ids are hashes: their first digits are as good as any. */
static char *
known(struct callers *c, struct str id)
{
	unsigned slot = 0;

	for (size_t i = 0; i < 8 && i < id.len; i++)
		slot = slot * 7 + (unsigned char)id.at[i];
	return c->known[slot % KNOWN];
}

static struct noted *
find_noted(struct callers *c, struct str id)
{
	for (unsigned i = 0; i < c->count; i++)
		if (str_is(id, c->list[i].id))
			return &c->list[i];
	return NULL;
}

static void
drop(struct callers *c, struct noted *n)
{
	free(n->spiffe_id);
	*n = c->list[--c->count];
}

void
callers_note(struct callers *c, struct str id, struct str spiffe_id, int64_t wall)
{
	struct noted *n = &c->list[c->count];

	if (str_is(id, known(c, id)) || c->count == NOTED || find_noted(c, id) != NULL)
		return;
	n->spiffe_id = strndup(spiffe_id.at, spiffe_id.len);
	if (n->spiffe_id == NULL)
		fatal("no memory for a caller");
	snprintf(n->id, sizeof(n->id), "%.*s", STR(id));
	snprintf(known(c, id), UUID_TEXT, "%.*s", STR(id));
	n->since = wall;
	c->count++;
}

/* ---- the records ---- */

/* A caller's record: its number, since when, SPIFFE ID. */
static bool
read_caller(const struct identities *s, struct str id, struct buf *bytes, uint64_t *number,
    struct caller *out)
{
	struct record_name n = identity_record(RECORD_CALLER, id);
	struct reader in;

	buf_clear(bytes);
	if (records_get(s->records, &n, bytes, NULL) != 0)
		return false;
	in = reader_of(bytes->data, bytes->len);
	*number = reader_u64(&in);
	out->since = (int64_t)reader_u64(&in);
	out->spiffe_id = (struct str){ (const char *)in.at, in.left };
	return !in.bad;
}

bool
callers_find(const struct identities *s, struct str id, struct buf *bytes, struct caller *out)
{
	const struct noted *n = find_noted(s->callers, id);
	uint64_t number;

	if (read_caller(s, id, bytes, &number, out))
		return true;
	if (n == NULL)
		return false;
	*out = (struct caller){ str_of(n->spiffe_id), n->since };
	return true;
}

void
callers_noted(const struct identities *s, struct str after, struct buf *out)
{
	struct str ids[NOTED];
	unsigned count = 0;

	for (unsigned i = 0; i < s->callers->count; i++) {
		ids[count] = str_of(s->callers->list[i].id);
		count += str_compare(ids[count], after) > 0;
	}
	packed_set(ids, count, out);
}

void
callers_forget(const struct identities *s, struct str id)
{
	struct record_name n = identity_record(RECORD_CALLER, id);
	struct noted *noted = find_noted(s->callers, id);

	records_delete(s->records, &n);
	if (noted != NULL)
		drop(s->callers, noted);
	if (str_is(id, known(s->callers, id)))
		known(s->callers, id)[0] = '\0';
}

/* ---- the ring ---- */

static struct record_name
place_of(const struct identities *s, uint64_t number, char name[24])
{
	snprintf(name, 24, "%u", (unsigned)(number % s->callers->kept));
	return identity_record(RECORD_CALLER_RING, str_of(name));
}

static uint64_t
read_next(const struct identities *s)
{
	struct record_name n = identity_record(RECORD_CALLER_RING, str_of("next"));
	struct buf bytes = BUF_INIT;
	struct reader in;
	uint64_t next = 0;

	if (records_get(s->records, &n, &bytes, NULL) == 0) {
		in = reader_of(bytes.data, bytes.len);
		next = reader_u64(&in);
	}
	buf_free(&bytes);
	return next;
}

static void
put_next(const struct identities *s, uint64_t next)
{
	struct record_name n = identity_record(RECORD_CALLER_RING, str_of("next"));
	struct buf bytes = BUF_INIT;

	buf_put_u64(&bytes, next);
	records_put(s->records, &n, buf_str(&bytes));
	buf_free(&bytes);
}

/* Who had the place that comes next leaves, unless it has another by now. */
static void
make_room(const struct identities *s, uint64_t number)
{
	char name[24];
	struct record_name place = place_of(s, number, name), n;
	struct buf id = BUF_INIT, bytes = BUF_INIT;
	struct caller c;
	uint64_t has;

	if (records_get(s->records, &place, &id, NULL) == 0 &&
	    read_caller(s, buf_str(&id), &bytes, &has, &c) &&
	    has % s->callers->kept == number % s->callers->kept) {
		n = identity_record(RECORD_CALLER, buf_str(&id));
		records_delete(s->records, &n);
	}
	buf_free(&id);
	buf_free(&bytes);
}

static void
put_caller(const struct identities *s, const struct noted *noted, uint64_t number)
{
	char name[24];
	struct record_name place = place_of(s, number, name);
	struct record_name n = identity_record(RECORD_CALLER, str_of(noted->id));
	struct buf text = BUF_INIT;

	buf_put_u64(&text, number);
	buf_put_u64(&text, (uint64_t)noted->since);
	buf_put_text(&text, noted->spiffe_id);
	records_put(s->records, &n, buf_str(&text));
	records_put(s->records, &place, str_of(noted->id));
	buf_free(&text);
}

/* Whether there is nothing to write: it was edited, or came not long ago. */
static bool
is_written(const struct identities *s, struct noted *noted, uint64_t next)
{
	struct record_name stored = identity_record(RECORD_ENTITY, str_of(noted->id));
	struct buf bytes = BUF_INIT;
	struct caller c;
	uint64_t number = 0;
	bool recent = false;

	if (read_caller(s, str_of(noted->id), &bytes, &number, &c)) {
		noted->since = c.since;
		recent = next - number < s->callers->kept / 2;
	}
	buf_free(&bytes);
	return recent || records_has(s->records, &stored);
}

void
callers_write(const struct identities *s)
{
	struct callers *c = s->callers;
	uint64_t first, next;

	if (c->count == 0)
		return;
	first = next = read_next(s);
	/* What is written now stays noted until it is found later: the batch may fail. */
	for (unsigned i = c->count; i > 0 && next - first < SLICE; i--) {
		if (is_written(s, &c->list[i - 1], next)) {
			drop(c, &c->list[i - 1]);
			continue;
		}
		make_room(s, next);
		put_caller(s, &c->list[i - 1], next++);
	}
	if (next != first)
		put_next(s, next);
	/* Who comes all the time must be noted again before the ring has turned. */
	c->written += (unsigned)(next - first);
	if (c->written > c->kept / 8) {
		memset(c->known, 0, sizeof(c->known));
		c->written = 0;
	}
}

int
callers_chore(struct chore_run *r, struct error *err)
{
	struct identities s = authority_identities(r->call.authority);

	(void)err;
	callers_write(&s);
	r->again = PAUSE;
	return 0;
}
