/*
 * Keeper: the history of rotations.
 */
#include "vaultd/keeper/rotation.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static const uint8_t no_mount[16];
static const struct record_name ring_name = { RECORD_SCHEDULE, no_mount, { "", 0 },
	{ "history", 7 } };

static void
put_event(struct buf *out, const struct rotation_event *e)
{
	size_t len = e->text.len < ROTATION_TEXT ? e->text.len : ROTATION_TEXT;

	buf_put_u64(out, (uint64_t)e->when);
	buf_put_u8(out, e->done);
	buf_put_block(out, e->text.at, len);
}

static struct rotation_event
read_event(struct reader *in)
{
	struct rotation_event e = { .when = (int64_t)reader_u64(in) };

	e.done = reader_u8(in) != 0;
	e.text = reader_block(in);
	return e;
}

/* ---- of one thing: its events, newest first ---- */

static struct record_name
name_of(const struct rotation_thing *t, char directory[3])
{
	directory[0] = (char)('0' + (t->kind == ROTATION_PERSON ? ROTATION_PLAN : t->kind));
	directory[1] = '/';
	directory[2] = '\0';
	return (struct record_name){ RECORD_ROTATION, t->mount, { directory, 2 }, t->name };
}

static void
note_own(struct records *r, const struct rotation_thing *t, const struct rotation_event *e)
{
	char directory[3];
	struct record_name n = name_of(t, directory);
	struct buf old = BUF_INIT, text = BUF_INIT;
	struct reader in;

	if (records_find(r, &n, &old, NULL) != 0)
		buf_clear(&old); /* it did not open: begin anew */
	in = reader_of(old.data, old.len);
	put_event(&text, e);
	for (unsigned i = 1; i < ROTATION_EVENTS && in.left > 0; i++) {
		struct rotation_event before = read_event(&in);

		put_event(&text, &before);
	}
	records_put(r, &n, buf_str(&text));
	buf_free(&old);
	buf_free(&text);
}

int
rotation_of(struct records *r, const struct rotation_thing *t, rotation_visit *each,
    void *arg, struct error *err)
{
	char directory[3];
	struct record_name n = name_of(t, directory);
	struct buf text = BUF_INIT;
	struct reader in;
	int rc = records_find(r, &n, &text, err);

	in = reader_of(text.data, text.len);
	while (rc == 0 && in.left > 0) {
		struct rotation_event e = read_event(&in);

		if (!in.bad && !each(arg, t, &e))
			break;
	}
	if (rc == 0 && in.bad)
		rc = error_set(err, ERR_CORRUPT, "the history of a rotation is malformed");
	buf_free(&text);
	return rc;
}

void
rotation_forget(struct records *r, const struct rotation_thing *t)
{
	char directory[3];
	struct record_name n = name_of(t, directory);

	records_delete(r, &n);
}

/* ---- of everything: a ring of records ---- */

static int
next_in_ring(struct records *r, uint64_t *next, struct error *err)
{
	struct buf text = BUF_INIT;
	struct reader in;
	int rc = records_find(r, &ring_name, &text, err);

	*next = 0;
	if (rc == 0 && text.len > 0) {
		in = reader_of(text.data, text.len);
		*next = reader_u64(&in);
	}
	buf_free(&text);
	return rc;
}

static struct record_name
ring_slot(uint64_t number, char name[8])
{
	snprintf(name, 8, "%u", (unsigned)(number % ROTATION_ALL));
	return (struct record_name){ RECORD_HISTORY, no_mount, { "", 0 }, str_of(name) };
}

static void
note_common(struct records *r, const struct rotation_thing *t, const struct rotation_event *e)
{
	struct buf text = BUF_INIT;
	struct record_name n;
	char slot[8];
	uint64_t next;

	(void)next_in_ring(r, &next, NULL); /* one that does not open begins anew */
	n = ring_slot(next, slot);
	buf_put_u8(&text, (uint8_t)t->kind);
	buf_put(&text, t->mount, sizeof(t->mount));
	buf_put_block(&text, t->name.at, t->name.len);
	put_event(&text, e);
	records_put(r, &n, buf_str(&text));
	buf_clear(&text);
	buf_put_u64(&text, next + 1);
	records_put(r, &ring_name, buf_str(&text));
	buf_free(&text);
}

/* 0: each wants more; 1: it does not. */
static int
show_slot(struct records *r, uint64_t number, rotation_visit *each, void *arg,
    struct error *err)
{
	struct rotation_thing t = { 0 };
	struct rotation_event e;
	struct buf text = BUF_INIT;
	struct record_name n;
	struct reader in;
	char slot[8];
	const uint8_t *mount;
	int rc;

	n = ring_slot(number, slot);
	rc = records_get(r, &n, &text, err);
	in = reader_of(text.data, text.len);
	t.kind = (enum rotation_kind)reader_u8(&in);
	mount = reader_bytes(&in, sizeof(t.mount));
	t.name = reader_block(&in);
	e = read_event(&in);
	if (rc == 0 && !reader_done(&in))
		rc = error_set(err, ERR_CORRUPT, "the history of rotations is malformed");
	if (rc == 0) {
		memcpy(t.mount, mount, sizeof(t.mount));
		rc = each(arg, &t, &e) ? 0 : 1;
	}
	buf_free(&text);
	return rc;
}

int
rotation_all(struct records *r, rotation_visit *each, void *arg, struct error *err)
{
	uint64_t next;
	int rc = next_in_ring(r, &next, err);

	for (unsigned i = 0; rc == 0 && i < ROTATION_ALL && next > 0; i++)
		rc = show_slot(r, --next, each, arg, err);
	return rc < 0 ? -1 : 0;
}

void
rotation_note(struct records *r, const struct rotation_thing *t, const struct rotation_event *e)
{
	note_own(r, t, e);
	note_common(r, t, e);
}
