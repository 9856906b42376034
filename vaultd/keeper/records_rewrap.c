/*
 * Keeper: wrapping records anew.  The walk goes over all keys, which hide what a record is: to
 * open one, its kind and mount are guessed, those that were right lately first.  A directory's
 * records are beside each other, so the first guess is mostly right.
 * Security: a wrong guess shows, as kind and mount are bound into the record; what does not
 * open is left alone and counted, and the old term is kept for it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "vaultd/keeper/records_state.h"

#define SLICE_RECORDS 256
#define SLICE_TIME (CLOCK_SECOND / 500)

/* ---- mounts that were ever written for ---- */

static bool
is_known(struct known_mounts *k, const uint8_t mount[16])
{
	if (k->hit < k->count && memcmp(k->ids[k->hit], mount, 16) == 0)
		return true;
	for (k->hit = 0; k->hit < k->count; k->hit++)
		if (memcmp(k->ids[k->hit], mount, 16) == 0)
			return true;
	return false;
}

void
records_know_mount(struct records *r, const uint8_t mount[16])
{
	struct known_mounts *k = &r->known;

	if (is_known(k, mount))
		return;
	if (k->count == k->room) {
		k->room = k->room == 0 ? 16 : k->room * 2;
		k->ids = realloc(k->ids, k->room * sizeof(*k->ids));
		if (k->ids == NULL)
			fatal("no memory for the uuids of %u mounts", k->room);
	}
	memcpy(k->ids[k->count++], mount, 16);
}

/* ---- guessing ---- */

struct guess {
	unsigned kind;
	uint8_t mount[16];
};

/* Every kind in every mount, those that were right last in front. */
struct guesses {
	unsigned mounts; /* it was made of */
	size_t count;
	struct guess list[];
};

void
records_free_guesses(struct records *r)
{
	free(r->guesses);
	r->guesses = NULL;
}

static void
make_guesses(struct records *r)
{
	const struct known_mounts *k = &r->known;
	struct guesses *g;

	if (r->guesses != NULL && r->guesses->mounts == k->count)
		return;
	records_free_guesses(r);
	g = malloc(sizeof(*g) + (size_t)k->count * RECORD_KINDS * sizeof(g->list[0]));
	if (g == NULL)
		fatal("no memory to guess the mounts of records");
	g->mounts = k->count;
	g->count = 0;
	for (unsigned m = 0; m < k->count; m++)
		for (unsigned kind = RECORD_ROOT + 1; kind < RECORD_KINDS; kind++) {
			struct guess *one = &g->list[g->count++];

			one->kind = kind;
			memcpy(one->mount, k->ids[m], sizeof(one->mount));
		}
	r->guesses = g;
}

static void
move_to_front(struct guesses *g, size_t i)
{
	struct guess right = g->list[i];

	memmove(&g->list[1], &g->list[0], i * sizeof(right));
	g->list[0] = right;
}

/* Open a record of which nothing but its key is known. */
static bool
open_record(struct records *r, struct record_place *p, struct str record, struct buf *text)
{
	for (size_t i = 0; i < r->guesses->count; i++) {
		p->kind = r->guesses->list[i].kind;
		memcpy(p->mount, r->guesses->list[i].mount, sizeof(p->mount));
		if (record_unwrap(r->keyring, r->header, p, record, text, NULL) == 0) {
			move_to_front(r->guesses, i);
			return true;
		}
	}
	return false;
}

/* ---- the walk ---- */

struct pass {
	struct records *r;
	struct rewrap *w;
	unsigned left;
	int64_t until; /* boot ns */
	struct buf text;
};

static void
rewrap_record(struct pass *pass, const uint8_t *id, struct str record)
{
	struct records *r = pass->r;
	struct record_place p = { 0 };
	struct change *c;

	memcpy(p.id, id, RECORD_ID);
	buf_clear(&pass->text);
	if (!open_record(r, &p, record, &pass->text)) {
		log_error("record %02x%02x%02x%02x does not open: it stays under its old term",
		    id[16], id[17], id[18], id[19]);
		pass->w->unreadable++;
		return;
	}
	p.generation = r->root.sequence + 1;
	records_account(r, id, record, false);
	c = records_append(r, &p);
	records_wrap(r, &p, buf_str(&pass->text), &c->record);
	records_account(r, id, buf_str(&c->record), true);
}

static bool
look(void *arg, struct str key, struct str value, uint64_t stored)
{
	struct pass *pass = arg;
	const uint8_t *id = (const uint8_t *)key.at;
	uint64_t version, generation;
	uint32_t term = 0;

	(void)stored;
	memcpy(pass->w->at, id, RECORD_ID);
	pass->w->seen++;
	if (records_newest(pass->r, id) == NULL) {
		(void)record_peek(value, &term, &version, &generation);
		if (term != keyring_newest(pass->r->keyring))
			rewrap_record(pass, id, value);
	}
	return --pass->left > 0 && clock_boot() < pass->until;
}

int
records_rewrap(struct records *r, struct rewrap *w)
{
	static const uint8_t first[RECORDS_AT];
	struct pass pass = { .r = r, .w = w, .left = SLICE_RECORDS, .text = BUF_INIT };
	bool begun = memcmp(w->at, first, sizeof(first)) != 0;
	uint64_t before = w->seen;

	make_guesses(r);
	pass.until = clock_boot() + SLICE_TIME;
	store_walk(r->store, STORE_RECORDS, (struct str){ NULL, 0 },
	    begun ? records_key(w->at) : (struct str){ NULL, 0 }, look, &pass);
	buf_free(&pass.text);
	return w->seen - before > 0 ? 1 : 0;
}
