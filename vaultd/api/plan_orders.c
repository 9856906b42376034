/*
 * Keeper: sys/rotation/plans: telling a plan what to do.
 */
#include "vaultd/api/plan_find.h"
#include "vaultd/api/plan_steps.h"
#include "vaultd/api/plans.h"

/* Failures do not count any more: try now. */
static void
try_now(struct call *c, struct plan *p)
{
	p->waits = false;
	p->failures = 0;
	plan_place_now(c, p);
}

int
api_plan_run(struct call *c, struct error *err)
{
	struct plan p;

	if (plan_find(c, &p, err) != 0)
		return -1;
	if (p.paused)
		return call_refuse(c, 400, "the plan is paused: resume it first (.../resume)");
	if (p.step == STEP_NONE && p.settings.kind == PLAN_MANUAL)
		return call_refuse(c, 400, "a person supplies the value: .../supply");
	if (p.running)
		return call_refuse(c, 400, "a rotation is under way: its step %s runs",
		    plan_step_names[p.step]);
	if (p.step == STEP_RETIRE && c->now < p.retires)
		return call_refuse(c, 400,
		    "the previous value is in its grace still: wait, or end the "
		    "rotation without retiring it (.../cancel)");
	try_now(c, &p);
	plan_write(c, &p);
	plan_say(c, &p, "it is to rotate now");
	return 0;
}

int
api_plan_pause(struct call *c, struct error *err)
{
	struct plan p;

	if (plan_find(c, &p, err) != 0)
		return -1;
	p.paused = true;
	plan_place(c, &p, PLACE_NOWHERE, 0);
	plan_write(c, &p);
	plan_say(c, &p, "its plan was paused");
	return 0;
}

int
api_plan_resume(struct call *c, struct error *err)
{
	struct plan p;

	if (plan_find(c, &p, err) != 0)
		return -1;
	if (p.paused || p.waits) {
		p.paused = false;
		if (p.step == STEP_NONE)
			plan_idle(c, &p, 0);
		else
			try_now(c, &p);
		plan_write(c, &p);
		plan_say(c, &p, "its plan goes on");
	}
	return 0;
}

int
api_plan_cancel(struct call *c, struct error *err)
{
	struct plan p;

	if (plan_find(c, &p, err) != 0)
		return -1;
	if (p.step == STEP_NONE)
		return call_refuse(c, 400, "no rotation is under way");
	plan_cancel(c, &p);
	plan_write(c, &p);
	plan_say(c, &p, "its rotation was cancelled");
	return 0;
}

int
api_plan_supply(struct call *c, struct error *err)
{
	const struct json *data = json_find(c->body, "data");
	struct json_writer w;
	struct plan p;

	if (plan_find(c, &p, err) != 0 || plan_require(c, p.mount, p.path, true) != 0)
		return -1;
	if (p.settings.kind != PLAN_MANUAL)
		return call_refuse(
		    c, 400, "only plans of kind \"manual\" are supplied by a person");
	if (data == NULL || data->type != JSON_OBJECT || data->count == 0)
		return call_refuse(
		    c, 400, "data must be an object with the new value's fields");
	if (p.step != STEP_NONE)
		return call_refuse(c, 400,
		    "a rotation is under way, at its step %s: wait, or cancel it "
		    "(.../cancel)",
		    plan_step_names[p.step]);
	if (plan_supply(c, &p, data, err) != 0)
		return -1;
	plan_write(c, &p);
	plan_say(c, &p, "its new value was supplied");
	w = reply_data(c);
	json_put_text(&w, "rotation", p.rotation);
	json_close_object(&w);
	return 0;
}
