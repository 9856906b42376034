/*
 * Keeper: sys/rotation/plans: writing, reading and listing them.
 */
#include "vaultd/api/plans.h"

#include "vaultd/api/plan_find.h"
#include "vaultd/api/plan_log.h"
#include "vaultd/api/plan_steps.h"
#include "vaultd/api/readers.h"
#include "vaultd/api/rotate.h"
#include "vaultd/config.h"

/* ---- writing ---- */

static bool
is_same_schedule(const struct plan_settings *a, const struct plan_settings *b)
{
	if (a->period != b->period || a->spread != b->spread ||
	    a->windows.count != b->windows.count || !str_equal(a->cron_text, b->cron_text))
		return false;
	for (unsigned i = 0; i < a->windows.count; i++)
		if (!str_equal(a->window_texts[i], b->window_texts[i]))
			return false;
	return true;
}

static int
check_change(struct call *c, const struct plan *p, const struct plan_settings *s)
{
	if (p->step == STEP_NONE ||
	    (p->settings.kind == s->kind && str_equal(p->settings.hook, s->hook)))
		return 0;
	return call_refuse(c, 400,
	    "a rotation is under way: cancel it (.../cancel) before kind or hook change");
}

static int
check_rights(
    struct call *c, const struct mount *m, struct str path, const struct plan_settings *s)
{
	if (s->hook.len > 0 && c->config->hooks.directory == NULL)
		return call_refuse(c, 400,
		    "there are no hooks: name a directory in hooks.directory "
		    "of the configuration and restart vaultd");
	if (plan_require(c, m, path, true) != 0)
		return -1;
	return s->with.len > 0 ? plan_require(c, m, s->with, false) : 0;
}

static void
schedule(struct call *c, struct plan *p)
{
	struct buf id = BUF_INIT;

	plan_put_id(&id, p->mount, p->path);
	p->due = plan_settings_next(&p->settings, buf_str(&id), 0, c->now);
	buf_free(&id);
	if (p->step == STEP_NONE)
		plan_idle(c, p, 0);
}

int
api_plan_write(struct call *c, struct error *err)
{
	struct plan_settings s;
	const struct mount *m;
	struct str path;
	struct plan p;
	int rc;

	if (plan_find_secret(c, &m, &path) != 0 || plan_settings_read(c, m, &s) != 0 ||
	    check_rights(c, m, path, &s) != 0)
		return -1;
	rc = plan_read(c, m, path, &p, err);
	if (rc < 0 || (rc == 0 && check_change(c, &p, &s) != 0))
		return -1;
	p.author = str_of(c->grant->display_name);
	if (rc > 0 || !is_same_schedule(&p.settings, &s)) {
		p.settings = s;
		schedule(c, &p);
	}
	p.settings = s;
	plan_write(c, &p);
	plan_say(c, &p, "its plan was written");
	return 0;
}

int
api_plan_delete(struct call *c, struct error *err)
{
	const struct mount *mine = c->mount;
	struct plan p;
	int rc;

	if (plan_find(c, &p, err) != 0)
		return -1;
	if (p.step != STEP_NONE && p.step != STEP_RETIRE)
		return call_refuse(c, 400,
		    "a rotation is under way: cancel it first (.../cancel), lest "
		    "what was made be forgotten");
	c->mount = p.mount;
	rc = plan_drop(c, p.path, err);
	c->mount = mine;
	plan_say(c, &p, "its plan was deleted");
	return rc < 0 ? -1 : 0;
}

/* ---- reading ---- */

static const char *
state_of(const struct plan *p)
{
	if (p->paused)
		return "paused";
	if (p->place == PLACE_PERSON)
		return "waiting";
	return p->step == STEP_NONE ? "idle" : p->step == STEP_RETIRE ? "retiring" : "running";
}

static void
put_state(struct call *c, struct json_writer *w, const struct plan *p)
{
	struct buf value = BUF_INIT;

	json_put_str(w, "written_by", p->author);
	json_put_text(w, "state", state_of(p));
	json_put_text(w, "step", plan_step_names[p->step]);
	json_put_text(w, "rotation", p->rotation);
	json_put_int(w, "attempt", p->attempt);
	json_put_bool(w, "pending", plan_staged(c, p, STAGED_PENDING, &value, NULL) == 0);
	api_put_time(w, "started", p->started);
	api_put_time(w, "due", p->due);
	api_put_time(w, "next", p->next);
	api_put_time(w, "retires", p->step == STEP_RETIRE ? p->retires : 0);
	json_put_int(w, "version", p->version);
	api_put_time(w, "last_success", p->succeeded);
	api_put_time(w, "last_attempt", p->attempted);
	json_put_str(w, "last_error", p->trouble);
	buf_free(&value);
}

int
api_plan_read(struct call *c, struct error *err)
{
	struct json_writer w;
	struct plan p;

	if (plan_find(c, &p, err) != 0)
		return -1;
	w = reply_data(c);
	plan_settings_put(&w, p.mount, &p.settings);
	put_state(c, &w, &p);
	if (readers_put_behind(c, &w, &p, err) != 0 ||
	    plan_log_put(&w, c->records, &p, err) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

int
api_plan_pending(struct call *c, struct error *err)
{
	struct buf value = BUF_INIT;
	struct json_writer w;
	struct plan p;
	int rc;

	if (plan_find(c, &p, err) != 0)
		return -1;
	rc = plan_staged(c, &p, STAGED_PENDING, &value, err);
	if (rc == 0) {
		w = reply_data(c);
		json_put_text(&w, "rotation", p.rotation);
		json_put_raw(&w, "data", buf_str(&value));
		json_close_object(&w);
	}
	buf_free(&value);
	return rc > 0 ? call_not_found(c) : rc;
}

/* ---- lists ---- */

static bool
put_name(void *arg, struct str name)
{
	json_put_str(arg, NULL, name);
	return true;
}

static bool
stop(void *arg, struct str name)
{
	(void)name;
	*(bool *)arg = true;
	return false;
}

/* The mounts that have plans. */
static int
list_mounts(struct call *c, struct json_writer *w, struct error *err)
{
	for (unsigned i = 0; i < mounts_count(c->mounts); i++) {
		const struct mount *m = mounts_at(c->mounts, i);
		bool some = false;

		if (m->type != MOUNT_KV2)
			continue;
		if (records_list(c->records, RECORD_PLAN, m->uuid, (struct str){"", 0},
			(struct str){"", 0}, 1, stop, &some, err) != 0)
			return -1;
		if (some)
			json_put_str(w, NULL, m->path);
	}
	return 0;
}

static int
list_plans(struct call *c, struct json_writer *w, struct error *err)
{
	const struct mount *m = mounts_find(c->mounts, c->parameter[0]);

	if (m == NULL || m->type != MOUNT_KV2)
		return 0;
	return records_list(c->records, RECORD_PLAN, m->uuid,
	    str_from(c->parameter[0], m->path.len), (struct str){"", 0}, 0, put_name, w, err);
}

int
api_plans_list(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);
	size_t empty;

	json_open_array(&w, "keys");
	empty = c->reply.data.len;
	if ((c->parameter[0].len == 0 ? list_mounts(c, &w, err) : list_plans(c, &w, err)) != 0)
		return -1;
	if (c->reply.data.len == empty)
		return call_not_found(c);
	json_close_array(&w);
	json_close_object(&w);
	return 0;
}
