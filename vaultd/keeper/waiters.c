/*
 * Keeper: requests that wait for a change.
 *
 * Each stands in three lists: of those that wait for the same record, of those whose time is
 * over in the same quarter of a second (later: of those that were woken), and of those whose
 * connections have the same hash.  So all that happens to one costs the same, however many
 * there are.
 */
#include "vaultd/keeper/waiters.h"

#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define HASHED 4096
#define TICK (CLOCK_SECOND / 4)
#define WHEEL 2048 /* ticks: more than WAITERS_LONGEST */

struct link {
	struct link *next, *before;
};

struct waiter {
	struct link record, time, conn;
	struct errand errand;
	uint8_t id[32];
	bool woken;
};

struct waiters {
	unsigned count;
	int64_t ticked; /* the last tick whose waiters were woken */
	struct link record[HASHED], conn[HASHED], time[WHEEL], woken;
};

#define WAITER(link, member) \
	((struct waiter *)(void *)((char *)(link)-offsetof(struct waiter, member)))

/* ---- rings of links ---- */

static void
reset(struct link *ring)
{
	ring->next = ring->before = ring;
}

static void
append(struct link *ring, struct link *l)
{
	l->next = ring;
	l->before = ring->before;
	ring->before->next = l;
	ring->before = l;
}

static void
cut(struct link *l)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what was freed was cut out before */
	l->next->before = l->before;
	l->before->next = l->next;
	reset(l);
}

/* ---- the table ---- */

struct waiters *
waiters_new(void)
{
	struct waiters *w = calloc(1, sizeof(*w));

	if (w == NULL)
		fatal("no memory for those who wait");
	for (unsigned i = 0; i < HASHED; i++) {
		reset(&w->record[i]);
		reset(&w->conn[i]);
	}
	for (unsigned i = 0; i < WHEEL; i++)
		reset(&w->time[i]);
	reset(&w->woken);
	return w;
}

/* An id is a hash already, under a key of the vault's. */
static struct link *
ring_of_record(struct waiters *w, const uint8_t id[32])
{
	uint32_t hash;

	memcpy(&hash, id + 16, sizeof(hash));
	return &w->record[le32toh(hash) % HASHED];
}

static struct link *
ring_of_conn(struct waiters *w, uint64_t gate, struct conn_name conn)
{
	return &w->conn[(gate * 31 + conn.number) % HASHED];
}

void
waiters_add(struct waiters *w, struct errand *e, const uint8_t id[32])
{
	struct waiter *n = calloc(1, sizeof(*n));

	if (n == NULL)
		fatal("no memory for one more who waits");
	n->errand = *e;
	memset(e, 0, sizeof(*e));
	memcpy(n->id, id, sizeof(n->id));
	append(ring_of_record(w, id), &n->record);
	append(&w->time[(n->errand.until / TICK + 1) % WHEEL], &n->time);
	append(ring_of_conn(w, n->errand.gate, n->errand.conn), &n->conn);
	w->count++;
}

/* Out of the table; its errand is e's then. */
static void
take_out(struct waiters *w, struct waiter *n, struct errand *e)
{
	cut(&n->record);
	cut(&n->time);
	cut(&n->conn);
	*e = n->errand;
	free(n);
	w->count--;
}

void
waiters_free(struct waiters **w)
{
	struct errand e;

	if (*w == NULL)
		return;
	waiters_end(*w);
	while (waiters_take(*w, &e))
		errand_clear(&e);
	free(*w);
	*w = NULL;
}

unsigned
waiters_count(const struct waiters *w)
{
	return w->count;
}

/* ---- waking ---- */

static void
wake(struct waiters *w, struct waiter *n)
{
	if (n->woken)
		return;
	n->woken = true;
	cut(&n->time);
	append(&w->woken, &n->time);
}

void
waiters_wake(struct waiters *w, const uint8_t id[32])
{
	struct link *ring = ring_of_record(w, id);

	for (struct link *l = ring->next; l != ring; l = l->next)
		if (memcmp(WAITER(l, record)->id, id, 32) == 0)
			wake(w, WAITER(l, record));
}

void
waiters_end(struct waiters *w)
{
	for (unsigned i = 0; w->count > 0 && i < HASHED; i++)
		for (struct link *l = w->record[i].next; l != &w->record[i]; l = l->next) {
			WAITER(l, record)->errand.until = 1;
			wake(w, WAITER(l, record));
		}
}

void
waiters_tick(struct waiters *w, int64_t boot)
{
	int64_t now = boot / TICK, from = w->ticked < now - WHEEL ? now - WHEEL : w->ticked;

	for (int64_t t = from + 1; t <= now; t++) {
		struct link *ring = &w->time[t % WHEEL];

		while (ring->next != ring)
			wake(w, WAITER(ring->next, time));
	}
	w->ticked = now;
}

bool
waiters_woken(const struct waiters *w)
{
	return w->woken.next != &w->woken;
}

bool
waiters_take(struct waiters *w, struct errand *e)
{
	if (!waiters_woken(w))
		return false;
	take_out(w, WAITER(w->woken.next, time), e);
	return true;
}

void
waiters_leave(struct waiters *w, uint64_t gate, struct conn_name conn)
{
	struct link *ring = ring_of_conn(w, gate, conn);
	struct errand e;

	for (struct link *l = ring->next; l != ring; l = l->next) {
		struct waiter *n = WAITER(l, conn);

		if (n->errand.gate != gate || n->errand.conn.number != conn.number ||
		    n->errand.conn.generation != conn.generation)
			continue;
		take_out(w, n, &e);
		errand_clear(&e);
		return;
	}
}
