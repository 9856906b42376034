/*
 * Strings and numbers of JSON.
 * Security: a stranger's bytes; none of them goes into an error.
 */
#include <stdint.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"

int
json_cursor_peek(const struct json_cursor *c)
{
	return c->at < c->end ? (unsigned char)*c->at : -1;
}

bool
json_cursor_take(struct json_cursor *c, char byte)
{
	if (c->at == c->end || *c->at != byte)
		return false;
	c->at++;
	return true;
}

int
json_cursor_refuse(const struct json_cursor *c, const char *why, struct error *err)
{
	return error_set(err, ERR_INVALID, "invalid character at offset %zu: %s",
	    (size_t)(c->at - c->start), why);
}

int
json_arena_refuse(struct error *err)
{
	return error_set(err, ERR_LIMIT, "JSON input exceeds the memory set aside for it");
}

static size_t
take_digits(struct json_cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return (size_t)(c->at - from);
}

int
json_number_read(struct json_cursor *c, struct str *text, struct error *err)
{
	const char *from = c->at;

	json_cursor_take(c, '-');
	if (!json_cursor_take(c, '0') && take_digits(c) == 0)
		return json_cursor_refuse(c, "a digit is missing", err);
	if (json_cursor_take(c, '.') && take_digits(c) == 0)
		return json_cursor_refuse(c, "a digit is missing behind the point", err);
	if (json_cursor_take(c, 'e') || json_cursor_take(c, 'E')) {
		if (!json_cursor_take(c, '-'))
			json_cursor_take(c, '+');
		if (take_digits(c) == 0)
			return json_cursor_refuse(c, "a digit is missing in the exponent", err);
	}
	*text = (struct str){from, (size_t)(c->at - from)};
	return 0;
}

/* n in each byte of a word. */
#define EACH(n) (UINT64_MAX / 255 * (n))

/*
 * Of eight bytes at once: all stand for themselves (ASCII but controls, quote, backslash).
 * A byte below the one subtracted, or one beyond ASCII, leaves a top bit set.
 */
static bool
are_plain(const char *at)
{
	uint64_t x;

	memcpy(&x, at, sizeof x);
	return ((x | (x - EACH(0x20)) | ((x ^ EACH('"')) - EACH(1)) |
		    ((x ^ EACH('\\')) - EACH(1))) &
		   EACH(0x80)) == 0;
}

static void
skip_plain(struct json_cursor *c)
{
	while (c->end - c->at >= 8 && are_plain(c->at))
		c->at += 8;
	while (c->at < c->end && (unsigned char)*c->at >= 0x20 &&
	       (unsigned char)*c->at < 0x80 && *c->at != '"' && *c->at != '\\')
		c->at++;
}

/* Step over what needs no decoding, up to a quote or a backslash. */
static int
skip_literal(struct json_cursor *c, struct error *err)
{
	for (;;) {
		size_t len;

		skip_plain(c);
		if (c->at == c->end)
			return json_cursor_refuse(c, "the string does not end", err);
		if (*c->at == '"' || *c->at == '\\')
			return 0;
		len = utf8_length((struct str){c->at, (size_t)(c->end - c->at)});
		if (len == 0)
			return json_cursor_refuse(c, "this is not UTF-8", err);
		if (len == 1)
			return json_cursor_refuse(c, "a control character in a string", err);
		c->at += len;
	}
}

/* Four hexadecimal digits, or -1. */
static long
take_hex(struct json_cursor *c)
{
	long v = 0;

	for (int i = 0; i < 4; i++) {
		int byte = json_cursor_peek(c), lower = byte | 0x20;

		if (byte >= '0' && byte <= '9')
			v = v * 16 + (byte - '0');
		else if (byte >= 0 && lower >= 'a' && lower <= 'f')
			v = v * 16 + (lower - 'a' + 10);
		else
			return -1;
		c->at++;
	}
	return v;
}

/* The code point behind "\u", which two escapes may make; -1 when it is none. */
static long
take_code_point(struct json_cursor *c)
{
	long high = take_hex(c), low;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || !json_cursor_take(c, '\\') || !json_cursor_take(c, 'u'))
		return -1;
	low = take_hex(c);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
}

/* One escape, decoded to *to, which moves on by no more than the cursor does. */
static int
take_escape(struct json_cursor *c, char **to, struct error *err)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;
	long v;

	c->at++;
	if (json_cursor_take(c, 'u')) {
		v = take_code_point(c);
		if (v < 0)
			return json_cursor_refuse(c, "this is no character's escape", err);
		*to += utf8_put((uint32_t)v, *to);
		return 0;
	}
	found = json_cursor_peek(c) > 0 ? strchr(escapes, json_cursor_peek(c)) : NULL;
	if (found == NULL)
		return json_cursor_refuse(c, "unknown escape", err);
	c->at++;
	*(*to)++ = meanings[found - escapes];
	return 0;
}

/* How long the string that starts at from is while it is not decoded. */
static size_t
measure(const struct json_cursor *c, const char *from)
{
	const char *at = c->at;

	while (at < c->end && *at != '"')
		at += *at == '\\' && c->end - at > 1 ? 2 : 1;
	return (size_t)(at - from);
}

/* The string that starts at from, the cursor on its first escape. */
static int
decode(struct json_cursor *c, struct arena *a, const char *from, struct str *text,
    struct error *err)
{
	char *start = arena_alloc(a, measure(c, from)), *to = start;

	if (start == NULL)
		return json_arena_refuse(err);
	for (;;) {
		memcpy(to, from, (size_t)(c->at - from));
		to += c->at - from;
		if (*c->at == '"')
			break;
		if (take_escape(c, &to, err) != 0)
			return -1;
		from = c->at;
		if (skip_literal(c, err) != 0)
			return -1;
	}
	*text = (struct str){start, (size_t)(to - start)};
	return 0;
}

int
json_string_read(struct json_cursor *c, struct arena *a, struct str *text, struct error *err)
{
	const char *from = ++c->at;

	if (skip_literal(c, err) != 0)
		return -1;
	*text = (struct str){from, (size_t)(c->at - from)};
	if (*c->at == '\\' && decode(c, a, from, text, err) != 0)
		return -1;
	c->at++;
	return 0;
}
