/*
 * vaultctl: lists of things with several properties, in columns.
 */
#include <string.h>

#include "client/output.h"

#define GAP 4 /* columns of the screen between two of ours */

/* The value at "a.b" of row; its own name for NULL. */
static void
put_cell(struct buf *out, const struct json *row, const char *field)
{
	struct str name, rest = str_of(field != NULL ? field : "");
	const struct json *value = row;
	char part[64];
	size_t before = out->len;

	while (rest.len > 0 && value != NULL) {
		str_cut(rest, '.', &name, &rest);
		if (name.len >= sizeof(part))
			fatal("a column is called %s", field);
		memcpy(part, name.at, name.len);
		part[name.len] = '\0';
		value = json_find(value, part);
	}
	if (field == NULL)
		output_put_visible(out, row->name);
	else if (value != NULL && value->type != JSON_NULL)
		output_put_value(out, value);
	if (out->len == before)
		buf_put_text(out, "n/a");
}

static size_t
measure(const struct json *rows, const struct column *column)
{
	size_t most = strlen(column->title);
	struct buf cell = BUF_INIT;

	for (const struct json *row = rows->first; row != NULL; row = row->next) {
		buf_clear(&cell);
		put_cell(&cell, row, column->field);
		if (cell.len > most)
			most = cell.len;
	}
	buf_free(&cell);
	return most;
}

/* Fill up to the width, but not behind the last column. */
static void
pad(struct buf *out, size_t from, size_t width, const struct column *next)
{
	for (; next->title != NULL && from < width + GAP; from++)
		buf_put_u8(out, ' ');
}

/* The titles, and a line under each. */
static void
put_titles(struct buf *out, const struct column *columns, const size_t *width)
{
	for (unsigned i = 0; columns[i].title != NULL; i++) {
		buf_put_text(out, columns[i].title);
		pad(out, strlen(columns[i].title), width[i], &columns[i + 1]);
	}
	buf_put_u8(out, '\n');
	for (unsigned i = 0; columns[i].title != NULL; i++) {
		for (size_t n = 0; n < strlen(columns[i].title); n++)
			buf_put_u8(out, '-');
		pad(out, strlen(columns[i].title), width[i], &columns[i + 1]);
	}
	buf_put_u8(out, '\n');
}

static void
put_row(
    struct buf *out, const struct column *columns, const size_t *width, const struct json *row)
{
	for (unsigned i = 0; columns[i].title != NULL; i++) {
		size_t start = out->len;

		put_cell(out, row, columns[i].field);
		pad(out, out->len - start, width[i], &columns[i + 1]);
	}
	buf_put_u8(out, '\n');
}

void
output_put_columns(struct buf *out, const struct column *columns, const struct json *rows)
{
	size_t width[OUTPUT_COLUMNS];

	for (unsigned i = 0; columns[i].title != NULL; i++)
		width[i] = measure(rows, &columns[i]);
	put_titles(out, columns, width);
	for (const struct json *row = rows->first; row != NULL; row = row->next)
		put_row(out, columns, width, row);
}
