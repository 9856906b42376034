/*
 * vaultctl: answers in the API's envelope, as people and programs want them.
 */
#include <stdio.h>
#include <string.h>

#include "client/output.h"

void
output_warnings(const struct answer *a)
{
	const struct json *list = json_find(a->json, "warnings");

	if (list == NULL || list->type != JSON_ARRAY || list->count == 0)
		return;
	fprintf(stderr, "WARNING! The vault returned these warnings:\n\n");
	for (const struct json *e = list->first; e != NULL; e = e->next)
		fprintf(stderr, "  * %.*s\n", STR(e->text));
	fputc('\n', stderr);
}

static const struct json *
member(const struct answer *a, const char *name)
{
	const struct json *value = json_find(a->json, name);

	return value != NULL && value->type == JSON_OBJECT && value->count > 0 ? value : NULL;
}

/* What of an answer is for people: what wraps it, who logged in, or the data; all of one that
 * comes without envelope. */
static const struct json *
essence(const struct answer *a)
{
	if (member(a, "wrap_info") != NULL)
		return member(a, "wrap_info");
	if (member(a, "auth") != NULL)
		return member(a, "auth");
	return json_find(a->json, "request_id") != NULL ? member(a, "data") : a->json;
}

enum outcome
output_answer(
    const struct flags *f, const struct answer *a, const char *success, struct error *err)
{
	const struct json *shown = essence(a);
	struct buf out = BUF_INIT;
	int rc = 0;

	output_warnings(a);
	if (flags_text(f, "field") != NULL)
		rc = output_put_field(&out, shown, flags_text(f, "field"), err);
	else if (a->json != NULL && output_is_json(f))
		output_put_json(&out, a->json);
	else if (shown != NULL)
		output_put_table(&out, shown, true);
	else if (!output_is_json(f))
		buf_printf(&out, "%s\n", success);
	output_write(&out);
	return rc == 0 ? DONE : FAILED;
}

enum outcome
output_object(const struct flags *f, const struct json *object, struct error *err)
{
	struct buf out = BUF_INIT;
	int rc = 0;

	if (flags_text(f, "field") != NULL)
		rc = output_put_field(&out, object, flags_text(f, "field"), err);
	else if (output_is_json(f))
		output_put_json(&out, object);
	else
		output_put_table(&out, object, false);
	output_write(&out);
	return rc == 0 ? DONE : FAILED;
}
