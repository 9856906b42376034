/*
 * Keeper: plans at work.
 *
 * A seat is for a hook's run: claimed in the batch that writes the plan's intent, started in
 * the next one (so the intent is durable), and kept with what the hook answered until a batch
 * later the record shows that the answer was taken.  What is in a seat can be lost: the record
 * tells the rest.
 */
#include "vaultd/api/plan_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "vaultd/api/plan_hook.h"
#include "vaultd/api/plan_steps.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/agenda.h"

#define SEATS 16 /* 8 run at most (hooks.h); some wait or are being taken */
#define SLICE 32 /* plans in one batch */
#define SLICE_EVERY (CLOCK_SECOND / 20) /* so 640 plans a second, at most */
#define COUNT_EVERY (10 * CLOCK_SECOND)
#define GRACE (60 * CLOCK_SECOND) /* after a hook's timeout, for the runner to say so */

struct seat {
	bool used, started, ended;
	bool fresh; /* claimed in this batch: not to be started in it */
	uint8_t mount[16];
	struct buf path;
	char id[UUID_TEXT]; /* of the step */
	uint32_t attempt, run;
	int64_t patience; /* boot ns: by then the runner must have said something */
	struct frame_ran ran;
	struct buf bytes; /* what ran borrows from */
};

struct plans {
	struct hooks *hooks;
	struct seat seats[SEATS];
	bool recount;
	int64_t counted; /* boot ns; 0: never */
	unsigned waiting;
};

struct plans *
plans_new(struct hooks *h)
{
	struct plans *p = calloc(1, sizeof(*p));

	if (p == NULL)
		fatal("no memory for plans");
	p->hooks = h;
	p->recount = true;
	return p;
}

static void
release(struct plans *p, struct seat *s)
{
	if (s->started && !s->ended)
		hooks_forget(p->hooks, s->run);
	buf_free(&s->path);
	buf_free(&s->bytes);
	memset(s, 0, sizeof(*s));
}

void
plans_free(struct plans **p)
{
	if (*p == NULL)
		return;
	for (unsigned i = 0; i < SEATS; i++)
		release(*p, &(*p)->seats[i]);
	free(*p);
	*p = NULL;
}

unsigned
plans_waiting(const struct plans *p)
{
	return p->waiting;
}

void
plans_recount(struct plans *p)
{
	p->recount = true;
}

/* ---- seats ---- */

bool
plans_claim(struct plans *all, const struct plan *p)
{
	for (unsigned i = 0; i < SEATS; i++) {
		struct seat *s = &all->seats[i];

		if (s->used)
			continue;
		s->used = s->fresh = true;
		memcpy(s->mount, p->mount->uuid, sizeof(s->mount));
		buf_put_str(&s->path, p->path);
		memcpy(s->id, p->id, sizeof(s->id));
		s->attempt = p->attempt + 1;
		return true;
	}
	return false;
}

static bool
is_in_seat(const struct plans *all, const struct plan *p)
{
	for (unsigned i = 0; p->running && i < SEATS; i++)
		if (all->seats[i].used && strcmp(all->seats[i].id, p->id) == 0)
			return true;
	return false;
}

/* The plan that a seat is for, as far as it still waits for it. */
static bool
find(struct call *c, const struct seat *s, struct plan *p)
{
	struct buf id = BUF_INIT;
	int rc;

	buf_put(&id, s->mount, sizeof(s->mount));
	buf_put_str(&id, buf_str(&s->path));
	rc = plan_of_entry(c, buf_str(&id), p, NULL);
	buf_free(&id);
	return rc == 0 && p->running && strcmp(p->id, s->id) == 0 && p->attempt == s->attempt;
}

static void
start(struct call *c, struct seat *s, struct plan *p)
{
	struct error err = ERROR_INIT;
	struct buf document = BUF_INIT;
	uint32_t seconds = (uint32_t)(p->settings.timeout / CLOCK_SECOND);

	if (plan_hook_document(c, p, &document, &err) == 0)
		s->started = hooks_run(c->plans->hooks, p->settings.hook, seconds,
				 buf_str(&document), &s->run, &err) == 0;
	buf_free(&document);
	s->patience = clock_boot() + p->settings.timeout + GRACE;
	if (s->started || err.code == ERR_LIMIT)
		return;
	plan_failed(c, p, err.text);
	plan_write(c, p);
}

static void
take(struct chore_run *run, struct seat *s, struct plan *p)
{
	struct plan_hook_answer a = {
	    .message = BUF_INIT, .detail = BUF_INIT, .complaint = BUF_INIT};
	struct error err = ERROR_INIT;
	struct call *c = &run->call;

	if (plan_hook_judge(c, p, &s->ran, &a, &err) != 0)
		plan_failed(c, p, err.text);
	else if (plan_answered(run, p, &a) != 0)
		plan_place_now(c, p); /* a worker comes first */
	plan_write(c, p);
	plan_hook_answer_clear(&a);
}

static void
settle(struct chore_run *run, struct seat *s)
{
	struct call *c = &run->call;
	size_t mark = arena_used(c->arena);
	struct plan p;

	if (s->fresh)
		return;
	if (!find(c, s, &p)) {
		release(c->plans, s);
	} else if (!s->started) {
		start(c, s, &p);
	} else {
		s->ended = s->ended || hooks_take(c->plans->hooks, s->run, &s->ran, &s->bytes);
		if (s->ended) {
			take(run, s, &p);
		} else if (clock_boot() > s->patience) {
			plan_failed(c, &p, "the runner does not answer");
			plan_write(c, &p);
		}
	}
	arena_rewind(c->arena, mark);
}

/* ---- what is due ---- */

static int
go_on(struct chore_run *run, const struct agenda_entry *e, struct plan *p)
{
	struct call *c = &run->call;

	if (p->place != PLACE_AGENDA || p->next > e->when)
		return 0; /* it stands elsewhere by now */
	if (is_in_seat(c->plans, p))
		return 1;
	if (p->step == STEP_NONE && p->settings.kind == PLAN_MANUAL) {
		plan_idle(c, p, 0);
	} else {
		if (p->step == STEP_NONE)
			plan_begin(c, p);
		if (plan_go_on(run, p) != 0)
			return 1;
	}
	plan_write(c, p);
	return 0;
}

static int
visit(void *arg, const struct agenda_entry *e, struct error *err)
{
	struct chore_run *run = arg;
	size_t mark = arena_used(run->call.arena);
	struct plan p;
	int rc = plan_of_entry(&run->call, e->id, &p, err);

	if (rc == 0)
		rc = go_on(run, e, &p);
	else if (rc > 0)
		rc = 0; /* there is no such plan any more */
	arena_rewind(run->call.arena, mark);
	return rc;
}

static bool
count(void *arg, const struct agenda_entry *e)
{
	unsigned *n = arg;

	(void)e;
	return ++*n < PLANS_COUNTED;
}

static int
count_waiting(struct call *c, struct error *err)
{
	struct plans *all = c->plans;

	if (!all->recount || (all->counted != 0 && clock_boot() - all->counted < COUNT_EVERY))
		return 0;
	all->recount = false;
	all->counted = clock_boot();
	all->waiting = 0;
	return agenda_walk(c->records, AGENDA_PERSON, 0, count, &all->waiting, err);
}

int
plans_run_due(struct chore_run *run, struct error *err)
{
	struct plans *all = run->call.plans;
	bool busy = false;
	int n;

	for (unsigned i = 0; i < SEATS; i++)
		all->seats[i].fresh = false;
	for (unsigned i = 0; i < SEATS; i++)
		if (all->seats[i].used) {
			settle(run, &all->seats[i]);
			busy = true;
		}
	n = agenda_due(run->call.records, AGENDA_PLAN, run->call.now, SLICE, visit, run, err);
	if (n < 0 || count_waiting(&run->call, err) != 0)
		return -1;
	if (n > 0)
		due_mark(run->call.records);
	for (unsigned i = 0; i < SEATS; i++)
		busy = busy || all->seats[i].used;
	run->again = busy || n == SLICE ? SLICE_EVERY : CHORE_IDLE;
	return 0;
}

/* ---- telling what will be ---- */

struct walk {
	struct call *call;
	enum rotation_kind kind;
	rotation_show *each;
	void *arg;
};

static bool
show(void *arg, const struct agenda_entry *e)
{
	struct walk *w = arg;
	size_t mark = arena_used(w->call->arena);
	bool more = true;
	struct plan p;

	if (plan_of_entry(w->call, e->id, &p, NULL) == 0) {
		struct rotation_item i = {.thing = plan_thing(&p),
		    .period = p.settings.period,
		    .due = p.due,
		    .next = e->when};

		i.thing.kind = w->kind;
		more = w->each(w->arg, &i);
	}
	arena_rewind(w->call->arena, mark);
	return more;
}

int
plans_walk(struct call *c, int64_t from, rotation_show *each, void *arg, struct error *err)
{
	struct walk w = {c, ROTATION_PLAN, each, arg};

	return agenda_walk(c->records, AGENDA_PLAN, from, show, &w, err);
}

int
plans_walk_waiting(
    struct call *c, int64_t from, rotation_show *each, void *arg, struct error *err)
{
	struct walk w = {c, ROTATION_PERSON, each, arg};

	return agenda_walk(c->records, AGENDA_PERSON, from, show, &w, err);
}
