/*
 * The scalars of JSON: strings and numbers, read from a cursor.  Only json.c needs this.
 */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct json_cursor {
	const char *start, *at, *end;
};

/* The byte that comes next, or -1 at the end. */
int json_cursor_peek(const struct json_cursor *c);

/* Step over the byte if it comes next. */
bool json_cursor_take(struct json_cursor *c, char byte);

/* ERR_INVALID naming the cursor's place; why is a constant.  Returns -1. */
int json_cursor_refuse(const struct json_cursor *c, const char *why, struct error *err);

/* ERR_LIMIT for an arena that is full.  Returns -1. */
int json_arena_refuse(struct error *err);

/* RFC 8259 section 6: 0 with the number as it stands, or -1. */
int json_number_read(struct json_cursor *c, struct str *text, struct error *err);

/*
 * RFC 8259 section 7, the cursor on the opening quote: 0 with *text decoded, borrowed from the
 * text when it has no escapes and else from the arena, or -1.
 */
int json_string_read(
    struct json_cursor *c, struct arena *a, struct str *text, struct error *err);

#endif
