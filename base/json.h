/*
 * JSON (RFC 8259), strict and bounded: a reader that builds a tree in an arena and a writer
 * that appends to a buf.  Numbers keep the text they came in.  Refused beside what the RFC
 * refuses: duplicate names, lone surrogates, anything behind the value, a byte order mark.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum json_type {
	JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
};

struct json {
	enum json_type type;
	unsigned count;     /* members or elements */
	struct str name;    /* of a member of an object, decoded; else empty */
	struct str text;    /* string: decoded UTF-8; number: exactly as it was sent */
	struct json *first; /* first member or element */
	struct json *next;  /* sibling */
};

struct json_limits {
	unsigned depth;  /* of nesting */
	unsigned values; /* in all */
};
/* What an API body may hold: depth 64, 50 000 values (a batch of 1 000 items goes through). */
extern const struct json_limits json_limits_body;

/*
 * The tree of text, in the arena; it borrows from text where nothing had to be decoded, so text
 * must live as long.  NULL with ERR_INVALID ("invalid character at offset 12: ..."), ERR_LIMIT
 * (depth or number of values: "refused JSON input due to high complexity: ...") or ERR_LIMIT
 * when the arena is full.  Limits come before parsing of what lies beyond them.
 */
struct json *json_parse(struct arena *a, struct str text, const struct json_limits *limits,
    struct error *err);

/* The member of that name, or NULL (also when object is NULL or none). */
const struct json *json_find(const struct json *object, const char *name);

/*
 * The members of object by name, in byte order: an array of count in the arena.  NULL when
 * the arena is full.
 */
const struct json **json_sort(struct arena *a, const struct json *object);

/*
 * Nodes made by hand, in the arena.  json_new_string borrows text; json_new_copy is the same
 * value, for another place: it borrows what is in it, and of NULL it is NULL.  json_add appends child, named
 * by a copy of name (NULL in an array), and returns it.  NULL when the arena is full; parent and
 * child may be NULL then too, so that calls can be nested and checked once.
 */
struct json *json_new(struct arena *a, enum json_type type);
struct json *json_new_string(struct arena *a, struct str text);
struct json *json_new_copy(struct arena *a, const struct json *value);
struct json *json_add(struct arena *a, struct json *parent, const char *name, struct json *child);

/*
 * RFC 7396: target (NULL: none) with patch applied, as a new tree in the arena that borrows from
 * both.  An object that was patched has its members in byte order.  NULL when the arena is full.
 */
struct json *json_merge_patch(struct arena *a, const struct json *target, const struct json *patch);

/* The value as a whole number: "5", or the string "5".  False when it is none, or overflows. */
bool json_to_int(const struct json *value, int64_t *number);

/*
 * Writing.  Commas are the writer's business.  name is NULL in arrays and at the root; it is one
 * of the program's own, printable ASCII without quotes and backslashes (others: json_put_name).
 * Strings that are not UTF-8 are written with U+FFFD for each bad byte.
 */
struct json_writer {
	struct buf *out;
	bool comma; /* the next value needs one in front */
};

struct json_writer json_writer_to(struct buf *out);
void json_open_object(struct json_writer *w, const char *name);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *name);
void json_close_array(struct json_writer *w);
void json_put_str(struct json_writer *w, const char *name, struct str value);
void json_put_text(struct json_writer *w, const char *name, const char *value);
void json_put_int(struct json_writer *w, const char *name, int64_t value);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_null(struct json_writer *w, const char *name);
/* value is JSON already and is written as it stands. */
void json_put_raw(struct json_writer *w, const char *name, struct str value);
/* A tree; its own name is not used. */
void json_put_value(struct json_writer *w, const char *name, const struct json *value);
/* As the above for a member whose name is a str. */
void json_put_name(struct json_writer *w, struct str name); /* then one json_put_*(w, NULL, ...) */

#endif
