/*
 * Keeper: what a rotation plan says.
 */
#include "vaultd/api/plan_settings.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/hook.h"
#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/target.h"

#define MINUTE (60 * CLOCK_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)
#define PARAMETERS 32
#define PARAMETER_BYTES 4096

const char *const plan_kind_names[PLAN_KINDS] = {"generate", "hook", "manual"};

/* ---- reading ---- */

static int
read_kind(struct call *c, struct plan_settings *s)
{
	struct str kind = {"", 0};

	if (field_text(c, "kind", &kind, NULL) != 0)
		return -1;
	for (unsigned k = 0; k < PLAN_KINDS; k++)
		if (str_is(kind, plan_kind_names[k])) {
			s->kind = (enum plan_kind)k;
			return 0;
		}
	return call_refuse(c, 400,
	    "kind must be \"generate\" (the vault makes the value), \"hook\" "
	    "(an executable does) or \"manual\" (a person supplies it)");
}

static int
read_time(
    struct call *c, const char *name, int64_t least, int64_t most, int64_t *ns, bool *sent)
{
	struct buf from = BUF_INIT, to = BUF_INIT;
	bool present, bad;

	if (field_signed_duration(c, name, ns, &present) != 0)
		return -1;
	bad = present && (*ns < least || *ns > most);
	if (bad) {
		duration_format(&from, least);
		duration_format(&to, most);
		call_refuse(c, 400, "%s must be from %.*s to %.*s", name, STR(buf_str(&from)),
		    STR(buf_str(&to)));
	}
	if (sent != NULL)
		*sent = present;
	buf_free(&from);
	buf_free(&to);
	return bad ? -1 : 0;
}

static int
read_windows(struct call *c, struct plan_settings *s)
{
	struct error err = ERROR_INIT;
	unsigned count;

	if (field_list(c, "windows", &s->window_texts, &count, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (windows_add(&s->windows, s->window_texts[i], &err) != 0)
			return call_refuse(c, 400, "windows: %s", err.text);
	return 0;
}

static int
read_schedule(struct call *c, struct plan_settings *s)
{
	struct error err = ERROR_INIT;
	bool period, cron, spread;

	if (read_time(c, "period", MINUTE, 10 * YEAR, &s->period, &period) != 0 ||
	    field_text(c, "cron", &s->cron_text, &cron) != 0)
		return -1;
	if (period == cron)
		return call_refuse(
		    c, 400, "give either period (\"720h\") or cron (\"30 3 1 * *\")");
	if (cron && cron_parse(s->cron_text, &s->cron, &err) != 0)
		return call_refuse(c, 400, "cron: %s", err.text);
	if (read_time(c, "spread", 0, period ? s->period / 2 : 7 * DAY, &s->spread, &spread) !=
		0 ||
	    read_time(c, "grace", 0, period ? s->period : YEAR, &s->grace, NULL) != 0)
		return -1;
	if (!spread)
		s->spread = s->period / 10;
	return read_windows(c, s);
}

static int
read_failure(struct call *c, struct plan_settings *s)
{
	struct str what = {"retry", 5};
	int64_t retries = 5;

	s->backoff = 30 * CLOCK_SECOND;
	s->timeout = MINUTE;
	if (field_int(c, "retries", &retries, NULL) != 0 ||
	    read_time(c, "backoff", CLOCK_SECOND, HOUR, &s->backoff, NULL) != 0 ||
	    read_time(c, "timeout", CLOCK_SECOND, HOUR, &s->timeout, NULL) != 0 ||
	    field_text(c, "on_failure", &what, NULL) != 0)
		return -1;
	if (retries < 0 || retries > 100)
		return call_refuse(c, 400, "retries must be from 0 to 100");
	if (!str_is(what, "retry") && !str_is(what, "wait"))
		return call_refuse(c, 400,
		    "on_failure must be \"retry\" (begin anew in an hour) or "
		    "\"wait\" (for a person)");
	s->retries = (unsigned)retries;
	s->waits = str_is(what, "wait");
	return 0;
}

static int
read_fields(struct call *c, struct plan_settings *s)
{
	struct error err = ERROR_INIT;

	s->fields = json_find(c->body, "fields");
	if (s->kind != PLAN_GENERATE)
		return s->fields == NULL
			   ? 0
			   : call_refuse(c, 400, "fields are for kind \"generate\" only");
	return generate_parse(s->fields, &s->generate, &err) == 0
		   ? 0
		   : call_refuse(c, 400, "%s", err.text);
}

static int
read_parameters(struct call *c, struct plan_settings *s)
{
	s->parameters = json_find(c->body, "parameters");
	if (s->parameters == NULL)
		return 0;
	if (s->parameters->type != JSON_OBJECT || s->parameters->count > PARAMETERS)
		return call_refuse(
		    c, 400, "parameters must be an object of at most %d texts", PARAMETERS);
	for (const struct json *p = s->parameters->first; p != NULL; p = p->next)
		if (p->type != JSON_STRING || p->text.len > PARAMETER_BYTES)
			return call_refuse(c, 400,
			    "each of parameters must be a text of at most %d "
			    "bytes",
			    PARAMETER_BYTES);
	return 0;
}

static int
read_hook(struct call *c, struct plan_settings *s)
{
	struct error err = ERROR_INIT;
	bool present;

	if (field_text(c, "hook", &s->hook, &present) != 0 || read_parameters(c, s) != 0)
		return -1;
	if (s->kind == PLAN_HOOK && s->hook.len == 0)
		return call_refuse(
		    c, 400, "hook must name an executable of the hooks' directory");
	if (s->hook.len == 0)
		return s->parameters == NULL
			   ? 0
			   : call_refuse(c, 400,
				 "parameters are for a hook: name one, or leave them out");
	if (hook_check_name(s->hook, &err) != 0)
		return call_refuse(c, 400, "hook: %s", err.text);
	return 0;
}

static int
read_with(struct call *c, const struct mount *m, struct plan_settings *s)
{
	bool present;

	if (field_text(c, "with", &s->with, &present) != 0)
		return -1;
	if (s->with.len == 0)
		return 0;
	if (s->hook.len == 0)
		return call_refuse(c, 400, "with is for a hook: name one, or leave it out");
	if (target_check_path(s->with) != NULL || str_ends(s->with, "/"))
		return call_refuse(c, 400, "with must be the path of a secret");
	if (s->with.len <= m->path.len ||
	    !str_equal((struct str){s->with.at, m->path.len}, m->path))
		return call_refuse(
		    c, 400, "with must be a secret of the same mount: %.*s...", STR(m->path));
	s->with = str_from(s->with, m->path.len);
	return 0;
}

int
plan_settings_read(struct call *c, const struct mount *m, struct plan_settings *s)
{
	memset(s, 0, sizeof(*s));
	return read_kind(c, s) != 0 || read_schedule(c, s) != 0 || read_failure(c, s) != 0 ||
		       read_fields(c, s) != 0 || read_hook(c, s) != 0 || read_with(c, m, s) != 0
		   ? -1
		   : 0;
}

/* ---- writing ---- */

static void
put_time(struct json_writer *w, const char *name, int64_t ns)
{
	struct buf text = BUF_INIT;

	duration_format(&text, ns);
	json_put_str(w, name, buf_str(&text));
	buf_free(&text);
}

static void
put_hook(struct json_writer *w, const struct mount *m, const struct plan_settings *s)
{
	struct buf path = BUF_INIT;

	json_put_str(w, "hook", s->hook);
	if (s->parameters != NULL)
		json_put_value(w, "parameters", s->parameters);
	if (s->with.len > 0) {
		buf_put_str(&path, m->path);
		buf_put_str(&path, s->with);
		json_put_str(w, "with", buf_str(&path));
	}
	buf_free(&path);
}

void
plan_settings_put(struct json_writer *w, const struct mount *m, const struct plan_settings *s)
{
	json_put_text(w, "kind", plan_kind_names[s->kind]);
	if (s->period != 0)
		put_time(w, "period", s->period);
	else
		json_put_str(w, "cron", s->cron_text);
	json_open_array(w, "windows");
	for (unsigned i = 0; i < s->windows.count; i++)
		json_put_str(w, NULL, s->window_texts[i]);
	json_close_array(w);
	put_time(w, "spread", s->spread);
	put_time(w, "grace", s->grace);
	json_put_int(w, "retries", s->retries);
	put_time(w, "backoff", s->backoff);
	json_put_text(w, "on_failure", s->waits ? "wait" : "retry");
	put_time(w, "timeout", s->timeout);
	if (s->fields != NULL)
		json_put_value(w, "fields", s->fields);
	if (s->hook.len > 0)
		put_hook(w, m, s);
}

/* ---- when ---- */

int64_t
plan_settings_next(const struct plan_settings *s, struct str id, int64_t due, int64_t now)
{
	int64_t offset = agenda_spread(id, s->spread), next;

	if (s->period == 0)
		next = cron_next(&s->cron, now > offset ? now - offset : 0) + offset;
	else if (due == 0 || due > now)
		next = now + s->period - offset;
	else
		next = due + ((now - due) / s->period + 1) * s->period;
	return windows_next(&s->windows, next);
}
