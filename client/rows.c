/*
 * vaultctl: lists of things, as they are asked for and shown.
 */
#include "client/rows.h"

#include <stdio.h>

#include "client/request.h"

/* The rows, and how to see those behind them. */
static void
show(const struct answer *a, const char *member, const struct column *columns)
{
	const struct json *rows = json_find(answer_data(a), member);
	const struct json *after = json_find(answer_data(a), "after");
	struct buf out = BUF_INIT;

	output_warnings(a);
	if (rows == NULL || rows->count == 0)
		buf_put_text(&out, "Nothing.\n");
	else
		output_put_columns(&out, columns, rows);
	output_write(&out);
	if (after != NULL && after->text.len > 0)
		fprintf(stderr, "\nThere is more: -after=%.*s, or a larger -limit.\n",
		    STR(after->text));
}

enum outcome
rows_show(const struct flags *f, const char *path, const char *member,
    const struct column *columns, struct error *err)
{
	const struct request request = {"GET", path, NULL, NULL, NULL};
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);

	if (outcome == DONE && (output_is_json(f) || flags_text(f, "field") != NULL ||
				   answer_data(&x.answer) == NULL))
		outcome = output_answer(f, &x.answer, "Nothing.", err);
	else if (outcome == DONE)
		show(&x.answer, member, columns);
	request_end(&x);
	return outcome;
}
