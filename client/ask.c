/*
 * vaultctl: refusals, and what to do about them.
 */
#include "client/ask.h"

#include <stdio.h>
#include <string.h>

#include "client/output.h"

/* What to try, by status and a part of the error's text; the first that fits. */
static const struct {
	long status;
	const char *part, *mend;
} mends[] = {
    {503, "sealed",
	"Open it with `vaultctl operator unseal` (a new vault: `vaultctl operator init`)."},
    {403, "permission denied",
	"A policy must grant this to the identity above (`vaultctl role list`, `vaultctl "
	"policy "
	"list`);\nwhile the vault is sealed only the operators of its configuration may act."},
    {403, "preflight",
	"No policy grants the identity above anything there, or no mount is there."},
    {400, "already initialized", "Open it with `vaultctl operator unseal`."},
    {400, "not initialized", "Make it with `vaultctl operator init`."},
    {400, "check-and-set parameter did not match",
	"Somebody wrote in between: read again, then write with -cas of the version read."},
    {400, "check-and-set parameter required", "Say which version you replace: -cas=N."},
    {404, "no handler for route", "No mount has this path."},
};

static void
print_errors(const struct json *errors)
{
	const struct json *e = errors != NULL ? errors->first : NULL;

	for (; e != NULL; e = e->next) {
		struct str text = e->text;

		while (str_ends(text, "\n"))
			text.len--;
		fprintf(stderr, "* %.*s\n", STR(text));
	}
}

static bool
mentions(const struct json *errors, const char *part)
{
	for (const struct json *e = errors != NULL ? errors->first : NULL; e != NULL;
	     e = e->next)
		if (memmem(e->text.at, e->text.len, part, strlen(part)) != NULL)
			return true;
	return false;
}

enum outcome
ask_explain(const struct session *s, const struct question *q, const struct answer *a)
{
	const struct json *errors = json_find(a->json, "errors");

	fprintf(stderr, "Error making API request.\n\nURL: %s %s\nCode: %ld. Errors:\n\n",
	    q->method, (const char *)a->url.data, a->status);
	print_errors(errors);
	if (a->status == 403)
		fprintf(stderr, "\nIdentity: %s\n", session_identity(s));
	if (a->status == 403 && session_token_is_saved(s))
		fprintf(stderr,
		    "Token: that of ~/.vault-token; `vaultctl login` gets another, -no-token "
		    "sends none.\n");
	for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++)
		if (mends[i].status == a->status && mentions(errors, mends[i].part)) {
			fprintf(stderr, "\n%s\n", mends[i].mend);
			break;
		}
	return REFUSED;
}

enum outcome
ask_maybe(struct session *s, const struct question *q, struct answer *a, struct error *err)
{
	const struct json *errors;

	if (session_ask(s, q, a, err) != 0)
		return REFUSED;
	errors = json_find(a->json, "errors");
	if (a->status / 100 == 2 ||
	    (a->status == 404 && (errors == NULL || errors->count == 0)))
		return DONE;
	return ask_explain(s, q, a);
}

enum outcome
ask(struct session *s, const struct question *q, struct answer *a, struct error *err)
{
	enum outcome outcome = ask_maybe(s, q, a, err);

	if (outcome == DONE && a->status == 404)
		return ask_explain(s, q, a);
	return outcome;
}

enum outcome
ask_nothing(struct str path)
{
	fprintf(stderr, "No value found at %.*s\n", STR(path));
	return REFUSED;
}

enum outcome
ask_and_show(
    const struct flags *f, const struct question *q, const char *success, struct error *err)
{
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	if (s != NULL && (outcome = ask_maybe(s, q, &a, err)) == DONE)
		outcome = a.status == 404 && answer_data(&a) == NULL
			      ? ask_nothing(q->path)
			      : output_answer(f, &a, success, err);
	answer_free(&a);
	session_close(&s);
	return outcome;
}

static enum outcome
show_keys(const struct flags *f, const struct answer *a, struct str path)
{
	const struct json *keys = json_find(answer_data(a), "keys");
	struct buf out = BUF_INIT;

	output_warnings(a);
	if (keys == NULL || keys->type != JSON_ARRAY || keys->count == 0)
		return ask_nothing(path);
	if (output_is_json(f))
		output_put_json(&out, keys);
	else
		output_put_list(&out, keys);
	output_write(&out);
	return DONE;
}

enum outcome
ask_list(const struct flags *f, struct str path, struct error *err)
{
	const struct question q = {"GET", path, "list=true", NULL};
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	if (s != NULL && (outcome = ask_maybe(s, &q, &a, err)) == DONE)
		outcome = show_keys(f, &a, path);
	answer_free(&a);
	session_close(&s);
	return outcome;
}
