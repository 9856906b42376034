/*
 * vaultctl: rotation plan, plans, show, run, pause, resume, cancel, supply, delete: how secrets
 * rotate.  Trusted with values that a person supplies; they never come out of argv.
 */
#include <string.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/fields.h"
#include "client/output.h"
#include "client/request.h"

#define ARENA_MOST ((size_t)32 * 1024 * 1024)
#define PLAN "sys/rotation/plans/{1}"

/* ---- writing ---- */

/* Ask with a body that is ready. */
static enum outcome
put(const struct flags *f, const char *path, const struct buf *body, const char *done,
    struct error *err)
{
	struct buf at = BUF_INIT, success = BUF_INIT;
	struct question q = {"PUT", {NULL, 0}, NULL, body};
	enum outcome outcome;

	request_fill(&at, path, f);
	request_fill(&success, done, f);
	buf_put_u8(&success, '\0');
	q.path = buf_str(&at);
	outcome = ask_and_show(f, &q, (const char *)success.data, err);
	buf_free(&success);
	buf_free(&at);
	return outcome;
}

/* The object of that name in tree, which is added when there is none.  NULL: no memory. */
static struct json *
find_inner(struct arena *arena, struct json *tree, struct str name)
{
	for (struct json *m = tree->first; m != NULL; m = m->next)
		if (str_equal(m->name, name) && m->type == JSON_OBJECT)
			return m;
	return json_add(arena, tree, arena_copy(arena, name).at, json_new(arena, JSON_OBJECT));
}

/* Hang value into tree where "a.b.c" says.  False: no memory. */
static bool
hang(struct arena *arena, struct json *tree, struct str name, const struct json *value)
{
	struct str head, rest = name;

	while (tree != NULL && str_cut(rest, '.', &head, &rest))
		tree = find_inner(arena, tree, head);
	return tree != NULL && json_add(arena, tree, arena_copy(arena, head).at,
				   json_new_copy(arena, value)) != NULL;
}

/* "a.b" of the arguments is b of the object a. */
static int
nest(struct str flat, struct buf *body, struct error *err)
{
	struct arena *arena = arena_new(ARENA_MOST, 0, err);
	struct json_writer w = json_writer_to(body);
	const struct json *fields = NULL, *f = NULL;
	struct json *tree;

	if (arena != NULL &&
	    (fields = json_parse(arena, flat, &json_limits_body, err)) != NULL) {
		tree = json_new(arena, JSON_OBJECT);
		for (f = fields->first; f != NULL && hang(arena, tree, f->name, f); f = f->next)
			;
		if (f == NULL)
			json_put_value(&w, NULL, tree);
		else
			error_set(err, ERR_LIMIT, "the plan has too many fields");
	}
	arena_free(arena);
	return fields != NULL && f == NULL ? 0 : -1;
}

static enum outcome
plan(const struct flags *f, struct error *err)
{
	const struct fields_rule rule = {true, NULL, NULL};
	struct buf fields = BUF_INIT, body = BUF_INIT;
	enum outcome outcome = FAILED;
	bool whole = f->arguments[1][0] == '@' || strcmp(f->arguments[1], "-") == 0;
	int rc = fields_read(f->arguments + 1, f->count - 1, &rule, &fields, err);

	if (rc == 0 && !whole)
		rc = nest(buf_str(&fields), &body, err);
	if (rc == 0)
		outcome = put(
		    f, PLAN, whole ? &fields : &body, "Success! Wrote the plan of: {1}", err);
	buf_free(&fields);
	buf_free(&body);
	return outcome;
}

static enum outcome
supply(const struct flags *f, struct error *err)
{
	const struct fields_rule rule = {false, NULL, NULL};
	struct buf fields = BUF_INIT, body = BUF_INIT;
	struct json_writer w = json_writer_to(&body);
	enum outcome outcome = FAILED;

	if (fields_read(f->arguments + 1, f->count - 1, &rule, &fields, err) == 0) {
		json_open_object(&w, NULL);
		json_put_raw(&w, "data", buf_str(&fields));
		json_close_object(&w);
		outcome = put(f, PLAN "/supply", &body, "Success! Supplied: {1}", err);
	}
	buf_free(&fields);
	buf_free(&body);
	return outcome;
}

/* ---- showing ---- */

static const struct column events[] = {
    {"Time", "time"},
    {"Step", "step"},
    {"Attempt", "attempt"},
    {"Success", "success"},
    {"Message", "message"},
    {"Complaint", "complaint"},
    {NULL, NULL},
};

/* What the plan says and how it fares. */
static void
put_state(struct buf *out, const struct json *data, struct arena *arena)
{
	struct json *rows = json_new(arena, JSON_OBJECT);

	for (const struct json *m = data->first; m != NULL; m = m->next)
		if (!str_is(m->name, "history"))
			json_add(arena, rows, arena_copy(arena, m->name).at,
			    json_new_copy(arena, m));
	output_put_table(out, rows, false);
}

static void
put_history(struct buf *out, const struct json *data)
{
	const struct json *history = json_find(data, "history");

	if (history == NULL || history->count == 0)
		return;
	buf_put_u8(out, '\n');
	output_put_columns(out, events, history);
}

static enum outcome
show(const struct flags *f, struct error *err)
{
	const struct request request = {"GET", PLAN, NULL, NULL, NULL};
	const struct json *data;
	struct buf out = BUF_INIT;
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);

	data = answer_data(&x.answer);
	if (outcome == DONE && data == NULL) {
		outcome = ask_nothing(buf_str(&x.path));
	} else if (outcome == DONE && (output_is_json(f) || flags_text(f, "field") != NULL)) {
		outcome = output_answer(f, &x.answer, "", err);
	} else if (outcome == DONE) {
		output_warnings(&x.answer);
		put_state(&out, data, x.answer.arena);
		put_history(&out, data);
	}
	output_write(&out);
	request_end(&x);
	return outcome;
}

const struct command plan_commands[] = {
    {"rotation plan", "PATH FIELD=VALUE...", 2, ANY_COUNT, "Have a secret rotate",
	"  kind=generate: the vault makes the value by the rules in fields; kind=hook: an\n"
	"  executable of the vault's hooks directory does; kind=manual: a person supplies it.\n"
	"  period=DURATION or cron='MINUTE HOUR DAY MONTH WEEKDAY' (UTC) say when; windows, "
	"spread,\n"
	"  grace, retries, backoff, on_failure, timeout, hook, parameters and with are as the "
	"API\n"
	"  has them.  a.b=VALUE is b of a.  @FILE is a JSON object.  All of it is said each "
	"time.\n",
	"vaultctl rotation plan secret/app/db kind=generate period=30d grace=1h "
	"fields.password.type=password fields.password.length=32\n"
	"vaultctl rotation plan secret/app/mail kind=hook hook=mailer cron='0 3 1 * *'\n"
	"vaultctl rotation plan secret/app/pay @plan.json\n",
	NULL, plan},
    {"rotation plans", "[MOUNT/DIRECTORY/]", 0, 1, "List the secrets that have a plan", NULL,
	"vaultctl rotation plans\nvaultctl rotation plans secret/app/\n", NULL, NULL,
	{"LIST", PLAN, NULL, NULL, NULL}},
    {"rotation show", "PATH", 1, 1, "Show a plan, how it fares, and what happened", NULL,
	"vaultctl rotation show secret/app/db\n"
	"vaultctl rotation show -field=last_error secret/app/db\n",
	NULL, show},
    {"rotation run", "PATH", 1, 1, "Rotate a secret now, or try again", NULL,
	"vaultctl rotation run secret/app/db\n", NULL, NULL,
	{"PUT", PLAN "/run", "Success! It rotates now: {1}", NULL, NULL}},
    {"rotation pause", "PATH", 1, 1, "Have no step begin any more", NULL,
	"vaultctl rotation pause secret/app/db\n", NULL, NULL,
	{"PUT", PLAN "/pause", "Success! Paused: {1}", NULL, NULL}},
    {"rotation resume", "PATH", 1, 1, "Go on, also where a person was waited for", NULL,
	"vaultctl rotation resume secret/app/db\n", NULL, NULL,
	{"PUT", PLAN "/resume", "Success! It goes on: {1}", NULL, NULL}},
    {"rotation cancel", "PATH", 1, 1, "Give up the rotation that is under way", NULL,
	"vaultctl rotation cancel secret/app/db\n", NULL, NULL,
	{"PUT", PLAN "/cancel", "Success! Cancelled: {1}", NULL, NULL}},
    {"rotation supply", "PATH FIELD...", 2, ANY_COUNT, "Supply the new value of kind manual",
	"  KEY=@FILE takes a file's content, KEY=- standard input, KEY alone asks without "
	"echo;\n"
	"  @FILE or - alone is a JSON object.  KEY=VALUE is refused: others could read it.\n",
	"vaultctl rotation supply secret/app/pay key\n"
	"vaultctl rotation supply secret/app/pay key=@new.txt\n",
	NULL, supply},
    {"rotation delete", "PATH", 1, 1, "Have a secret rotate no more", NULL,
	"vaultctl rotation delete secret/app/db\n", NULL, NULL,
	{"DELETE", PLAN, "Success! Deleted the plan of: {1}", NULL, NULL}},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
