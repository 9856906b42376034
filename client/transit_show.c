/*
 * vaultctl: named keys on the screen.
 */
#include "client/transit_show.h"

#include "base/clock.h"
#include "base/json.h"
#include "client/ask.h"
#include "client/output.h"
#include "client/request.h"

/* Seconds since 1970, or a time as text, as text. */
static struct json *
time_of(struct arena *arena, const struct json *value)
{
	const struct json *text = json_find(value, "creation_time");
	char formatted[CLOCK_TEXT];
	int64_t seconds;

	if (text != NULL)
		return json_new_string(arena, text->text);
	if (!json_to_int(value, &seconds))
		return json_new(arena, JSON_NULL);
	clock_format(seconds * CLOCK_SECOND, formatted);
	return json_new_string(arena, arena_copy(arena, str_of(formatted)));
}

/* Whether the version is in the list. */
static bool
is_listed(const struct json *list, struct str version)
{
	for (const struct json *e = list != NULL ? list->first : NULL; e != NULL; e = e->next)
		if (str_equal(e->text, version))
			return true;
	return false;
}

/* The versions as rows. */
static const struct json *
make_rows(struct arena *arena, const struct json *data)
{
	struct json *rows = json_new(arena, JSON_ARRAY);
	const struct json *keys = json_find(data, "keys");

	for (const struct json *v = keys != NULL ? keys->first : NULL; v != NULL; v = v->next) {
		struct json *row = json_new(arena, JSON_OBJECT);
		bool disabled = is_listed(json_find(data, "disabled_versions"), v->name);

		json_add(arena, row, "version", json_new_string(arena, v->name));
		json_add(arena, row, "created", time_of(arena, v));
		json_add(
		    arena, row, "disabled", json_new(arena, disabled ? JSON_TRUE : JSON_FALSE));
		json_add(arena, rows, NULL, row);
	}
	return rows;
}

/* All of it but the versions. */
static const struct json *
make_rest(struct arena *arena, const struct json *data)
{
	struct json *rest = json_new(arena, JSON_OBJECT);

	for (const struct json *e = data->first; e != NULL; e = e->next)
		if (!str_is(e->name, "keys") && !str_is(e->name, "disabled_versions"))
			json_add(arena, rest, NULL, json_new_copy(arena, e));
	return rest;
}

static void
put_key(struct buf *out, const struct answer *a)
{
	static const struct column columns[] = {
	    {"Version", "version"},
	    {"Created", "created"},
	    {"Disabled", "disabled"},
	    {NULL, NULL},
	};
	const struct json *rows = make_rows(a->arena, answer_data(a));

	output_put_table(out, make_rest(a->arena, answer_data(a)), true);
	if (rows->count > 0) {
		buf_put_u8(out, '\n');
		output_put_columns(out, columns, rows);
	}
}

static void
put_usage(struct buf *out, const struct answer *a)
{
	static const struct column columns[] = {
	    {"Version", NULL},
	    {"Encrypt", "encrypt"},
	    {"Decrypt", "decrypt"},
	    {"Sign", "sign"},
	    {"Verify", "verify"},
	    {"Last used", "last_used"},
	    {"Disabled", "disabled"},
	    {NULL, NULL},
	};
	const struct json *rows = json_find(answer_data(a), "versions");

	if (rows != NULL && rows->count > 0)
		output_put_columns(out, columns, rows);
	else
		buf_put_text(out, "No version that is there was ever used.\n");
}

static enum outcome
show(const struct request *request, const struct flags *f,
    void (*put)(struct buf *out, const struct answer *a), struct error *err)
{
	struct buf out = BUF_INIT;
	struct exchange x;
	enum outcome outcome = request_ask(request, f, &x, err);

	if (outcome == DONE && x.answer.status == 404) {
		outcome = ask_nothing(buf_str(&x.path));
	} else if (outcome == DONE && (output_is_json(f) || flags_text(f, "field") != NULL ||
					  answer_data(&x.answer) == NULL)) {
		outcome = output_answer(f, &x.answer, "", err);
	} else if (outcome == DONE) {
		output_warnings(&x.answer);
		put(&out, &x.answer);
		output_write(&out);
	}
	request_end(&x);
	return outcome;
}

enum outcome
transit_show_key(const struct flags *f, struct error *err)
{
	static const struct request request = {"GET", "{mount}/keys/{1}", NULL, NULL, NULL};

	return show(&request, f, put_key, err);
}

enum outcome
transit_show_usage(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "GET", "{mount}/keys/{1}/usage", NULL, NULL, NULL};

	return show(&request, f, put_usage, err);
}
