/*
 * Answers for people and for programs: aligned tables as Vault's CLI prints them, JSON, or one
 * field alone.  -format and -field of the common flags decide.
 * Security: values go straight to standard output, through buffers that wipe themselves.
 */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"
#include "client/command.h"
#include "client/session.h"

/* "table" or "json"; anything else is an error. */
int output_check(const struct flags *f, struct error *err);
bool output_is_json(const struct flags *f);

/* Indented by two spaces, members in the order of the tree. */
void output_put_json(struct buf *out, const struct json *value);

/*
 * "Key  Value" and the members of an object, aligned; sorted by name when sorted is set.  Lists
 * appear as [a b], objects as map[k:v], null as <nil>,
 * empty text as n/a; control bytes as \xNN.
 */
void output_put_table(struct buf *out, const struct json *object, bool sorted);

/* "Keys", a line under it, and the elements of a list. */
void output_put_list(struct buf *out, const struct json *list);

/*
 * Elements of a list, or members of an object, a line each, in columns; the last column has no
 * title.
 */
#define OUTPUT_COLUMNS 12 /* at most */
struct column {
	const char *title;
	const char *field; /* "a.b" is b of a; NULL: the member's name */
};
void output_put_columns(struct buf *out, const struct column *columns, const struct json *rows);

/* One value as tables show it; text with its control bytes as \xNN. */
void output_put_value(struct buf *out, const struct json *value);
void output_put_visible(struct buf *out, struct str text);

/* "====== Title ======", as wide as the table of object that follows. */
void output_put_title(struct buf *out, const char *title, const struct json *object);

/* One member, bare: text as it stands, anything else as JSON.  -1 with ERR_NOT_FOUND. */
int output_put_field(
    struct buf *out, const struct json *object, const char *field, struct error *err);

/* Write to standard output and free. */
void output_write(struct buf *out);

/*
 * An answer in the common envelope: its data (or wrap_info) as -format and -field ask for it,
 * warnings on standard error; success when it has neither.
 */
enum outcome output_answer(
    const struct flags *f, const struct answer *a, const char *success, struct error *err);

/* The same for an object without envelope (status and the like), rows in their order. */
enum outcome output_object(const struct flags *f, const struct json *object, struct error *err);

/* Warnings of an answer, on standard error. */
void output_warnings(const struct answer *a);

#endif
