/*
 * vaultctl: what is printed.  Trusted with values on their way to standard output.
 */
#include "client/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define GAP 4         /* columns between key and value */
#define VALUE_WIDTH 5 /* of the word "Value", which titles reckon with */

int
output_check(const struct flags *f, struct error *err)
{
	const char *format = flags_text(f, "format");

	if (strcmp(format, "table") == 0 || strcmp(format, "json") == 0)
		return 0;
	return error_set(err, ERR_INVALID, "-format is table or json");
}

bool
output_is_json(const struct flags *f)
{
	return strcmp(flags_text(f, "format"), "json") == 0;
}

static void
indent(struct buf *out, unsigned depth)
{
	buf_put_u8(out, '\n');
	while (depth-- > 0)
		buf_put_text(out, "  ");
}

static void
put_scalar(struct buf *out, const struct json *value)
{
	struct json_writer w = json_writer_to(out);

	json_put_value(&w, NULL, value);
}

static void
put_name(struct buf *out, struct str name)
{
	struct json_writer w = json_writer_to(out);

	json_put_str(&w, NULL, name);
	buf_put_text(out, ": ");
}

static void
put_json(struct buf *out, const struct json *value, unsigned depth)
{
	bool object = value->type == JSON_OBJECT;

	if ((!object && value->type != JSON_ARRAY) || value->count == 0) {
		put_scalar(out, value);
		return;
	}
	buf_put_u8(out, object ? '{' : '[');
	for (const struct json *e = value->first; e != NULL; e = e->next) {
		indent(out, depth + 1);
		if (object)
			put_name(out, e->name);
		put_json(out, e, depth + 1);
		if (e->next != NULL)
			buf_put_u8(out, ',');
	}
	indent(out, depth);
	buf_put_u8(out, object ? '}' : ']');
}

void
output_put_json(struct buf *out, const struct json *value)
{
	put_json(out, value, 0);
	buf_put_u8(out, '\n');
}

/* So that no stored text drives the terminal; newlines and tabs pass. */
void
output_put_visible(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_put_u8(out, c);
	}
}

/* As Go's %v, which scripts around Vault's CLI know. */
void
output_put_value(struct buf *out, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL:
		buf_put_text(out, "<nil>");
		break;
	case JSON_STRING:
		output_put_visible(out, value->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		buf_put_text(out, value->type == JSON_ARRAY ? "[" : "map[");
		for (const struct json *e = value->first; e != NULL; e = e->next) {
			if (value->type == JSON_OBJECT) {
				output_put_visible(out, e->name);
				buf_put_u8(out, ':');
			}
			output_put_value(out, e);
			if (e->next != NULL)
				buf_put_u8(out, ' ');
		}
		buf_put_u8(out, ']');
		break;
	default:
		put_scalar(out, value);
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct json *const *left = a, *const *right = b;

	return str_compare((*left)->name, (*right)->name);
}

/* The members, to be freed. */
static const struct json **
members(const struct json *object, bool sorted)
{
	const struct json **list = calloc(object->count + 1, sizeof(*list));
	unsigned n = 0;

	if (list == NULL)
		fatal("no memory for a table");
	for (const struct json *e = object->first; e != NULL; e = e->next)
		list[n++] = e;
	if (sorted && n > 1)
		qsort(list, n, sizeof(*list), by_name);
	return list;
}

static size_t
widest(const struct json *object)
{
	size_t most = strlen("Key");

	for (const struct json *e = object->first; e != NULL; e = e->next)
		if (e->name.len > most)
			most = e->name.len;
	return most;
}

static void
pad(struct buf *out, size_t from, size_t to)
{
	while (from++ < to)
		buf_put_u8(out, ' ');
}

void
output_put_table(struct buf *out, const struct json *object, bool sorted)
{
	size_t width = widest(object) + GAP;
	const struct json **list = members(object, sorted);

	buf_put_text(out, "Key");
	pad(out, strlen("Key"), width);
	buf_put_text(out, "Value\n---");
	pad(out, strlen("---"), width);
	buf_put_text(out, "-----\n");
	for (const struct json **e = list; *e != NULL; e++) {
		output_put_visible(out, (*e)->name);
		pad(out, (*e)->name.len, width);
		if ((*e)->type == JSON_STRING && (*e)->text.len == 0)
			buf_put_text(out, "n/a");
		else
			output_put_value(out, *e);
		buf_put_u8(out, '\n');
	}
	free(list);
}

void
output_put_list(struct buf *out, const struct json *list)
{
	buf_put_text(out, "Keys\n----\n");
	for (const struct json *e = list->first; e != NULL; e = e->next) {
		output_put_value(out, e);
		buf_put_u8(out, '\n');
	}
}

void
output_put_title(struct buf *out, const char *title, const struct json *object)
{
	size_t width = object != NULL ? widest(object) + GAP + VALUE_WIDTH : 0;
	size_t words = strlen(title) + 2;
	size_t side = width > words ? (width - words + 1) / 2 : 2;

	for (size_t i = 0; i < side; i++)
		buf_put_u8(out, '=');
	buf_printf(out, " %s ", title);
	for (size_t i = 0; i < side; i++)
		buf_put_u8(out, '=');
	buf_put_u8(out, '\n');
}

int
output_put_field(
    struct buf *out, const struct json *object, const char *field, struct error *err)
{
	const struct json *value = json_find(object, field);

	if (value == NULL || value->type == JSON_NULL)
		return error_set(err, ERR_NOT_FOUND, "there is no field %.128s", field);
	if (value->type == JSON_STRING)
		buf_put_str(out, value->text);
	else
		put_scalar(out, value);
	if (isatty(STDOUT_FILENO))
		buf_put_u8(out, '\n');
	return 0;
}

void
output_write(struct buf *out)
{
	size_t done = 0;
	ssize_t n = 1;

	fflush(stdout);
	while (done < out->len && (n >= 0 || errno == EINTR)) {
		n = write(STDOUT_FILENO, out->data + done, out->len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (done < out->len)
		fatal("standard output: %s", strerror(errno));
	buf_free(out);
}
