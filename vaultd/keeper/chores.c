/*
 * Keeper: running what is due.
 */
#include "vaultd/keeper/chores.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/keeper/keeper.h"
#include "vaultd/keeper/reply.h"

#define CHORES_MAX 16
#define AFTER_ERROR (60 * CLOCK_SECOND)
#define SLICE_PAUSE (CLOCK_SECOND / 1000) /* callers come between two slices */

struct chores {
	unsigned count;
	struct {
		int64_t next;      /* boot ns */
		struct work *work; /* done, for the next slice */
		bool waits;        /* for a worker */
	} list[CHORES_MAX];
};

struct chores *
chores_new(void)
{
	struct chores *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("no memory for chores");
	while (chores_table[c->count].name != NULL)
		if (++c->count > CHORES_MAX)
			fatal("more than %d chores", CHORES_MAX);
	return c;
}

void
chores_free(struct chores **c)
{
	if (*c == NULL)
		return;
	for (unsigned i = 0; i < (*c)->count; i++)
		work_free(&(*c)->list[i].work);
	free(*c);
	*c = NULL;
}

int64_t
chores_next(const struct chores *c)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < c->count; i++)
		if (!c->list[i].waits && c->list[i].next < next)
			next = c->list[i].next;
	return next;
}

bool
chores_due(const struct chores *c, int64_t boot)
{
	return chores_next(c) <= boot;
}

void
chores_wake(struct chores *c)
{
	for (unsigned i = 0; i < c->count; i++)
		c->list[i].next = 0;
}

/* Its place in the table goes along as the connection's number. */
static void
hand_over(struct keeper *k, unsigned i, struct work *work)
{
	struct errand e = { .conn = { .number = i }, .work = work };

	k->chores->list[i].waits = workers_add(k->workers, &e);
	errand_clear(&e);
}

void
chores_done(struct chores *c, struct errand *e)
{
	unsigned i = e->conn.number;

	work_free(&c->list[i].work);
	c->list[i].work = e->work;
	e->work = NULL;
	c->list[i].waits = false;
	c->list[i].next = 0;
}

static void
run(struct keeper *k, unsigned i)
{
	struct records *records = vault_records(k->service.vault);
	size_t mark = records_mark(records);
	struct error err = ERROR_INIT;
	struct chore_run r = { .again = CHORE_IDLE };

	serve_begin(&r.call, &k->service, NULL);
	r.call.work = k->chores->list[i].work;
	k->chores->list[i].work = NULL;
	if (chores_table[i].run(&r, &err) != 0) {
		log_error("%s: %s", chores_table[i].name, err.text);
		records_undo(records, mark);
		r.again = AFTER_ERROR;
	}
	k->chores->list[i].next = clock_boot() + (r.again > SLICE_PAUSE ? r.again : SLICE_PAUSE);
	if (r.later != NULL)
		hand_over(k, i, r.later);
	work_free(&r.call.work);
	reply_clear(&r.call.reply);
	arena_reset(k->service.arena);
}

bool
chores_run(struct keeper *k)
{
	struct records *records = vault_records(k->service.vault);
	size_t mark = records_mark(records);
	int64_t boot = clock_boot();

	for (unsigned i = 0; i < k->chores->count; i++)
		if (!k->chores->list[i].waits && k->chores->list[i].next <= boot)
			run(k, i);
	return records_changed_authority(records, mark);
}
