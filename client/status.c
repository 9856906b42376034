/*
 * vaultctl: the seal's state, as `status` and `operator unseal` show it.
 */
#include "client/status.h"

#include <stdio.h>
#include <string.h>

#include "client/ask.h"
#include "client/output.h"

/* Rows of the table: what they are called and where they stand in the answer. */
static const struct {
	const char *title, *field;
	bool running; /* shown only while an unseal runs */
} rows[] = {
    {"Seal Type", "type", false},
    {"Initialized", "initialized", false},
    {"Sealed", "sealed", false},
    {"Total Shares", "n", false},
    {"Threshold", "t", false},
    {"Unseal Progress", "progress", true},
    {"Unseal Nonce", "nonce", true},
    {"Version", "version", false},
    {"Storage Type", "storage_type", false},
    {"Cluster Name", "cluster_name", false},
    {"Cluster ID", "cluster_id", false},
};

static bool
is_true(const struct json *value)
{
	return value != NULL && value->type == JSON_TRUE;
}

bool
status_is_sealed(const struct answer *a)
{
	return !is_true(json_find(a->json, "initialized")) ||
	       is_true(json_find(a->json, "sealed"));
}

static bool
unseal_runs(const struct answer *a)
{
	int64_t progress;

	return json_to_int(json_find(a->json, "progress"), &progress) && progress > 0;
}

/* "1/3": how many shares were given, of how many. */
static struct json *
make_fraction(const struct answer *a)
{
	const struct json *given = json_find(a->json, "progress"), *t = json_find(a->json, "t");
	char text[64] = "";

	if (given != NULL && t != NULL)
		snprintf(text, sizeof(text), "%.*s/%.*s", STR(given->text), STR(t->text));
	return json_new_string(a->arena, arena_copy(a->arena, str_of(text)));
}

/* A row's value, NULL when there is none to show. */
static struct json *
make_value(const struct answer *a, size_t row)
{
	const struct json *value = json_find(a->json, rows[row].field);

	if (value == NULL || (rows[row].running && !unseal_runs(a)))
		return NULL;
	if (strcmp(rows[row].field, "progress") == 0)
		return make_fraction(a);
	return json_new_copy(a->arena, value);
}

static const struct json *
make_rows(const struct answer *a)
{
	struct json *table = json_new(a->arena, JSON_OBJECT);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_add(a->arena, table, rows[i].title, make_value(a, i));
	return table;
}

enum outcome
status_show(const struct flags *f, const struct answer *a, struct error *err)
{
	struct buf out = BUF_INIT;

	output_warnings(a);
	if (output_is_json(f) || flags_text(f, "field") != NULL)
		return output_object(f, a->json, err);
	output_put_table(&out, make_rows(a), false);
	output_write(&out);
	return DONE;
}

/* An error, even the vault's own, is 1 here: 2 says sealed. */
static enum outcome
status(const struct flags *f, struct error *err)
{
	const struct question q = {"GET", str_of("sys/seal-status"), NULL, NULL};
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	if (s != NULL && ask(s, &q, &a, err) == DONE && status_show(f, &a, err) == DONE)
		outcome = status_is_sealed(&a) ? REFUSED : DONE;
	answer_free(&a);
	session_close(&s);
	return outcome;
}

const struct command status_commands[] = {
    {"status", "", 0, 0, "Show whether the vault is sealed",
	"  Exit code 0: open; 2: sealed or not initialised; 1: an error.\n",
	"vaultctl status\nvaultctl status -format=json\n", NULL, status},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
