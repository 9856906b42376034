/*
 * The JSON writer, for replies, the audit and the client's output.
 * Security: what is written may hold secrets, so it goes into a buf, which wipes.
 */
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define REPLACEMENT "\357\277\275" /* U+FFFD */

struct json_writer
json_writer_to(struct buf *out)
{
	return (struct json_writer){out, false};
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* Whether all of eight bytes are; in each a borrow comes only from one that is not. */
static bool
are_plain(const char *at)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return ((v | (v - ones * 0x20) | ((v ^ ones * '"') - ones) | ((v ^ ones * '\\') - ones)) &
		   ones * 0x80) == 0;
}

/* How many bytes can be written as they stand. */
static size_t
plain_run(struct str s)
{
	size_t run = 0;

	while (s.len - run >= 8 && are_plain(s.at + run))
		run += 8;
	while (run < s.len && is_plain(s.at[run]))
		run++;
	return run;
}

static void
put_escape(struct buf *out, char c)
{
	static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = c == '\0' ? NULL : strchr(special, c);

	if (found == NULL) {
		buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
		return;
	}
	buf_put_u8(out, '\\');
	buf_put_u8(out, (uint8_t)letters[found - special]);
}

static void
put_string(struct buf *out, struct str s)
{
	buf_put_u8(out, '"');
	while (s.len > 0) {
		size_t run = plain_run(s), len;

		buf_put(out, s.at, run);
		s = str_from(s, run);
		len = utf8_length(s);
		if (len > 1)
			buf_put(out, s.at, len);
		else if (len == 1)
			put_escape(out, *s.at);
		else if (s.len > 0)
			buf_put_text(out, REPLACEMENT);
		s = str_from(s, len > 0 ? len : s.len > 0);
	}
	buf_put_u8(out, '"');
}

void
json_put_name(struct json_writer *w, struct str name)
{
	if (w->comma)
		buf_put_u8(w->out, ',');
	put_string(w->out, name);
	buf_put_u8(w->out, ':');
	w->comma = false;
}

/* Names in the program's own words have nothing to escape. */
static void
put_own_name(struct buf *out, const char *name)
{
	size_t len = strlen(name);
	uint8_t *to = buf_reserve(out, len + 3);

	to[0] = '"';
	memcpy(to + 1, name, len);
	memcpy(to + 1 + len, "\":", 2);
	out->len += len + 3;
}

/* What comes before a value; the next one wants a comma. */
static void
begin(struct json_writer *w, const char *name)
{
	if (w->comma)
		buf_put_u8(w->out, ',');
	if (name != NULL)
		put_own_name(w->out, name);
	w->comma = true;
}

static void
open_with(struct json_writer *w, const char *name, char bracket)
{
	begin(w, name);
	buf_put_u8(w->out, (uint8_t)bracket);
	w->comma = false;
}

static void
close_with(struct json_writer *w, char bracket)
{
	buf_put_u8(w->out, (uint8_t)bracket);
	w->comma = true;
}

void
json_open_object(struct json_writer *w, const char *name)
{
	open_with(w, name, '{');
}

void
json_close_object(struct json_writer *w)
{
	close_with(w, '}');
}

void
json_open_array(struct json_writer *w, const char *name)
{
	open_with(w, name, '[');
}

void
json_close_array(struct json_writer *w)
{
	close_with(w, ']');
}

void
json_put_str(struct json_writer *w, const char *name, struct str value)
{
	begin(w, name);
	put_string(w->out, value);
}

void
json_put_text(struct json_writer *w, const char *name, const char *value)
{
	json_put_str(w, name, str_of(value));
}

void
json_put_int(struct json_writer *w, const char *name, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[20];
	size_t at = sizeof(digits);

	begin(w, name);
	if (value < 0)
		buf_put_u8(w->out, '-');
	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	buf_put(w->out, digits + at, sizeof(digits) - at);
}

void
json_put_bool(struct json_writer *w, const char *name, bool value)
{
	json_put_raw(w, name, str_of(value ? "true" : "false"));
}

void
json_put_null(struct json_writer *w, const char *name)
{
	json_put_raw(w, name, str_of("null"));
}

void
json_put_raw(struct json_writer *w, const char *name, struct str value)
{
	begin(w, name);
	buf_put_str(w->out, value);
}

static void
put_children(struct json_writer *w, const struct json *parent)
{
	for (const struct json *v = parent->first; v != NULL; v = v->next) {
		if (parent->type == JSON_OBJECT)
			json_put_name(w, v->name);
		json_put_value(w, NULL, v);
	}
}

void
json_put_value(struct json_writer *w, const char *name, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL:
		json_put_null(w, name);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_put_bool(w, name, value->type == JSON_TRUE);
		break;
	case JSON_NUMBER:
		json_put_raw(w, name, value->text);
		break;
	case JSON_STRING:
		json_put_str(w, name, value->text);
		break;
	case JSON_ARRAY:
		json_open_array(w, name);
		put_children(w, value);
		json_close_array(w);
		break;
	case JSON_OBJECT:
		json_open_object(w, name);
		put_children(w, value);
		json_close_object(w);
		break;
	}
}
