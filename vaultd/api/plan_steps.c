/*
 * Keeper: the steps of a rotation.
 */
#include "vaultd/api/plan_steps.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/api/plan_log.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/api/plan_value.h"
#include "vaultd/keeper/audit.h"

#define BUSY (16 * CLOCK_SECOND) /* until it is tried again to run a hook */

enum doer { NOBODY, VAULT, HOOK, PERSON };

/* Who takes a step, and which is next.  HOOK of a plan without one is NOBODY. */
static const struct {
	enum doer doer[PLAN_KINDS]; /* generate, hook, manual */
	enum plan_step next;
} steps[PLAN_STEPS] = {
    [STEP_CREATE] = {{VAULT, HOOK, PERSON}, STEP_SET},
    [STEP_SET] = {{HOOK, HOOK, HOOK}, STEP_TEST},
    [STEP_TEST] = {{HOOK, HOOK, HOOK}, STEP_PROMOTE},
    [STEP_PROMOTE] = {{VAULT, VAULT, VAULT}, STEP_RETIRE},
    [STEP_RETIRE] = {{HOOK, HOOK, HOOK}, STEP_NONE},
    [STEP_ABANDON] = {{HOOK, HOOK, HOOK}, STEP_NONE},
};

static enum doer
doer_of(const struct plan *p)
{
	enum doer d = steps[p->step].doer[p->settings.kind];

	return d == HOOK && p->settings.hook.len == 0 ? NOBODY : d;
}

/* ---- from step to step ---- */

static void
enter(struct plan *p, enum plan_step step)
{
	p->step = step;
	p->running = p->waits = p->cancelled = false;
	p->attempt = p->failures = 0;
	memset(p->id, 0, sizeof(p->id));
	if (step != STEP_NONE)
		uuid_format(p->id);
}

/* For audit and history: names and ids, no values. */
static void
record(struct call *c, const struct plan *p, bool done, struct str message, struct str detail,
    struct str complaint)
{
	struct plan_event e = {.when = c->now,
	    .step = p->step,
	    .attempt = p->attempt,
	    .done = done,
	    .message = detail,
	    .complaint = complaint};

	memcpy(e.rotation, p->rotation, sizeof(e.rotation));
	plan_log_add(c->records, p, &e);
	audit_event(c->audit, "plan", "%.*s%.*s: step %s of rotation %s, attempt %u: %.*s",
	    STR(p->mount->path), STR(p->path), plan_step_names[p->step], p->rotation,
	    p->attempt, STR(message));
}

void
plan_begin(const struct call *c, struct plan *p)
{
	uuid_format(p->rotation);
	p->started = c->now;
	p->trouble = (struct str){"", 0};
	enter(p, STEP_CREATE);
}

static void
remind(struct call *c, struct plan *p)
{
	log_warn("%.*s%.*s: its new value is due, and a person must supply it",
	    STR(p->mount->path), STR(p->path));
	audit_event(c->audit, "plan", "%.*s%.*s: due, to be supplied", STR(p->mount->path),
	    STR(p->path));
	plan_place(c, p, PLACE_PERSON, p->due);
}

void
plan_idle(struct call *c, struct plan *p, int64_t earliest)
{
	if (p->settings.kind == PLAN_MANUAL && p->due <= c->now)
		remind(c, p);
	else if (p->due <= c->now && earliest <= c->now)
		plan_place_now(c, p);
	else
		plan_place(c, p, PLACE_AGENDA, p->due > earliest ? p->due : earliest);
}

static void
set_next_due(struct call *c, struct plan *p)
{
	struct buf id = BUF_INIT;

	plan_put_id(&id, p->mount, p->path);
	p->due = plan_settings_next(&p->settings, buf_str(&id), p->due, c->now);
	buf_free(&id);
}

static void
note(struct call *c, const struct plan *p, bool done, struct str text)
{
	struct rotation_thing t = plan_thing(p);

	rotation_note(c->records, &t, &(struct rotation_event){c->now, done, text});
}

static void
promoted(struct call *c, struct plan *p)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "version %u", p->version);
	note(c, p, true, buf_str(&text));
	buf_free(&text);
	p->succeeded = c->now;
	p->retires = c->now + p->settings.grace;
	set_next_due(c, p);
}

/* True: it goes on. */
static bool
done(struct call *c, struct plan *p, const char *message, struct str complaint)
{
	enum plan_step was = p->step;

	record(c, p, true, str_of(message), str_of(message), complaint);
	if (was == STEP_PROMOTE)
		promoted(c, p);
	if (was == STEP_RETIRE)
		plan_unstage(c, p, STAGED_PREVIOUS);
	if (was == STEP_ABANDON)
		plan_unstage(c, p, STAGED_PENDING);
	else
		p->trouble = (struct str){"", 0};
	enter(p, p->cancelled && was < STEP_PROMOTE ? STEP_ABANDON : steps[was].next);
	if (p->step == STEP_NONE)
		plan_idle(c, p, was == STEP_ABANDON ? c->now + PLAN_AGAIN : 0);
	return p->step != STEP_NONE;
}

/* ---- when a step fails ---- */

static int64_t
back_off(const struct plan *p)
{
	int64_t wait = p->settings.backoff;

	for (uint32_t i = 1; i < p->failures && wait < PLAN_AGAIN; i++)
		wait *= 2;
	return wait < PLAN_AGAIN ? wait : PLAN_AGAIN;
}

/* Enough retries: what the plan says of failures counts.  True: it goes on. */
static bool
give_up(struct call *c, struct plan *p)
{
	if (p->settings.waits) {
		p->waits = true;
		plan_place(c, p, PLACE_PERSON, c->now);
		return false;
	}
	if (p->step < STEP_PROMOTE) {
		enter(p, STEP_ABANDON);
		return true;
	}
	plan_place(c, p, PLACE_AGENDA, c->now + PLAN_AGAIN);
	return false;
}

struct failure {
	struct str message;           /* for everybody who may see the lists */
	struct str detail, complaint; /* for who may read the plan */
};

/* True: it goes on (with abandoning). */
static bool
fail(struct call *c, struct plan *p, const struct failure *f)
{
	struct buf text = BUF_INIT;

	p->failures++;
	p->running = false;
	p->trouble = arena_copy(c->arena, f->detail);
	record(c, p, false, f->message, f->detail, f->complaint);
	buf_printf(&text, "step %s: %.*s", plan_step_names[p->step], STR(f->message));
	note(c, p, false, buf_str(&text));
	log_warn("%.*s%.*s was not rotated, %.*s", STR(p->mount->path), STR(p->path),
	    STR(buf_str(&text)));
	buf_free(&text);
	if (p->cancelled) {
		enter(p, STEP_ABANDON);
		return true;
	}
	if (p->failures > p->settings.retries)
		return give_up(c, p);
	plan_place(c, p, PLACE_AGENDA, c->now + back_off(p));
	return false;
}

static bool
fail_with(struct call *c, struct plan *p, const char *why)
{
	const struct failure f = {str_of(why), str_of(why), {"", 0}};

	return fail(c, p, &f);
}

void
plan_failed(struct call *c, struct plan *p, const char *why)
{
	if (fail_with(c, p, why))
		plan_place_now(c, p);
}

/* ---- going on ---- */

/* 1: not now; 0: *on says whether it goes on. */
static int
act(struct chore_run *run, struct plan *p, bool *on)
{
	struct error err = ERROR_INIT;
	struct call *c = &run->call;
	size_t mark = records_mark(c->records);
	int rc = p->step == STEP_CREATE ? plan_value_create(run, p, &err)
					: plan_value_promote(c, p, &err);

	if (rc > 0)
		return 1;
	p->attempt++;
	p->attempted = c->now;
	if (rc < 0)
		records_undo(c->records, mark);
	*on = rc == 0 ? done(c, p, "done", (struct str){"", 0}) : fail_with(c, p, err.text);
	return 0;
}

/* The intent: the hook runs when it is committed. */
static void
ask_hook(struct call *c, struct plan *p)
{
	if (!plans_claim(c->plans, p)) {
		plan_place(c, p, PLACE_AGENDA, c->now + BUSY);
		return;
	}
	p->running = true;
	p->attempt++;
	p->attempted = c->now;
	plan_place_now(c, p); /* for who comes after a crash */
	audit_event(c->audit, "plan",
	    "%.*s%.*s: step %s of rotation %s, attempt %u: hook %.*s is run",
	    STR(p->mount->path), STR(p->path), plan_step_names[p->step], p->rotation,
	    p->attempt, STR(p->settings.hook));
}

static bool
holds_still(struct call *c, struct plan *p)
{
	if (p->paused)
		plan_place(c, p, PLACE_NOWHERE, 0);
	else if (p->waits)
		plan_place(c, p, PLACE_PERSON, p->next);
	else if (p->step == STEP_RETIRE && c->now < p->retires)
		plan_place(c, p, PLACE_AGENDA, p->retires);
	else
		return false;
	return true;
}

int
plan_go_on(struct chore_run *run, struct plan *p)
{
	struct call *c = &run->call;
	bool on = true;

	while (on && !holds_still(c, p))
		switch (doer_of(p)) {
		case NOBODY:
			on = done(c, p, "nothing to do", (struct str){"", 0});
			break;
		case VAULT:
			if (act(run, p, &on) != 0)
				return 1;
			break;
		case HOOK:
			ask_hook(c, p);
			return 0;
		case PERSON:
			remind(c, p);
			return 0;
		}
	return 0;
}

/* What it says of pending, as far as the step may. */
static int
take_pending(struct call *c, struct plan *p, const struct json *pending, struct error *err)
{
	const struct json *base;

	if (pending == NULL)
		return p->step != STEP_CREATE
			   ? 0
			   : error_set(err, ERR_INVALID,
				 "the hook's create answered without \"pending\"");
	if (p->step == STEP_TEST)
		return error_set(err, ERR_INVALID, "the hook's test changes what it tests");
	if (p->step > STEP_TEST)
		return 0;
	if ((p->step == STEP_CREATE ? plan_current_tree(c, p, p->path, &base, err)
				    : plan_staged_tree(c, p, STAGED_PENDING, &base, err)) != 0)
		return -1;
	return plan_value_stage(c, p, base, pending, err);
}

static bool
took_answer(struct call *c, struct plan *p, const struct plan_hook_answer *a)
{
	const struct failure f = {
	    buf_str(&a->message), buf_str(&a->detail), buf_str(&a->complaint)};
	struct error err = ERROR_INIT;

	if (a->answer == ANSWER_FAILED)
		return fail(c, p, &f);
	if (a->answer == ANSWER_UNKNOWN_STEP)
		return p->step == STEP_CREATE
			   ? fail_with(c, p, "the hook does not create (exit status 64)")
			   : done(c, p, "nothing to do", buf_str(&a->complaint));
	if ((a->answer == ANSWER_DONE || a->pending != NULL) &&
	    take_pending(c, p, a->pending, &err) != 0)
		return fail_with(c, p, err.text);
	if (a->answer == ANSWER_DONE)
		return done(c, p, "done", buf_str(&a->complaint));
	if (p->cancelled) {
		enter(p, STEP_ABANDON);
		return true;
	}
	p->running = false;
	plan_place(c, p, PLACE_AGENDA, c->now + a->wait);
	return false;
}

int
plan_answered(struct chore_run *run, struct plan *p, const struct plan_hook_answer *a)
{
	return took_answer(&run->call, p, a) ? plan_go_on(run, p) : 0;
}

/* ---- what people do ---- */

int
plan_supply(struct call *c, struct plan *p, const struct json *data, struct error *err)
{
	const struct json *current;
	const struct mount *mine = c->mount;
	int rc = plan_current_tree(c, p, p->path, &current, err);

	c->mount = mine;
	if (rc != 0)
		return -1;
	plan_begin(c, p);
	if (plan_value_stage(c, p, current, data, err) != 0)
		return -1;
	record(c, p, true, str_of("supplied"), str_of("supplied"), (struct str){"", 0});
	enter(p, STEP_SET);
	plan_place_now(c, p);
	return 0;
}

void
plan_cancel(struct call *c, struct plan *p)
{
	bool made = p->step < STEP_PROMOTE;

	if (p->due <= c->now)
		set_next_due(c, p);
	if (p->running && made) {
		p->cancelled = true; /* the hook that runs comes first */
		return;
	}
	record(c, p, false, str_of("cancelled"),
	    made ? str_of("cancelled")
		 : str_of("given up: what is at the provider stays there until it is ended by "
			  "hand"),
	    (struct str){"", 0});
	enter(p, made ? STEP_ABANDON : STEP_NONE);
	if (made) {
		plan_place_now(c, p);
		return;
	}
	plan_unstage(c, p, STAGED_PENDING);
	plan_unstage(c, p, STAGED_PREVIOUS);
	plan_idle(c, p, 0);
}
