/*
 * Quoted strings and heredocs of HCL 1.
 * Security: as hcl_lex.c.
 */
#include <string.h>

#include "base/hcl_lex.h"
#include "base/text.h"

/* How deep in "${ { } }" the byte at `at` leaves us; the byte in front of it can be read. */
static unsigned
nest(unsigned depth, const char *at)
{
	if (*at == '{' && (depth > 0 || at[-1] == '$'))
		return depth + 1;
	return depth - (*at == '}' && depth > 0);
}

/* The bytes between the quotes; neither a quote nor a line's end ends "${...}". */
static int
take_quoted(struct hcl_lexer *l, struct str *raw)
{
	unsigned depth = 0;

	l->at++;
	for (raw->at = l->at; l->at < l->end && (depth > 0 || *l->at != '"');
	     hcl_lexer_step(l)) {
		if (depth == 0 && *l->at == '\n')
			return hcl_lexer_refuse(l, ERR_INVALID,
			    "the string that begins here does not end on its line");
		depth = nest(depth, l->at);
		if (*l->at == '\\' && hcl_lexer_peek(l, 1) >= 0)
			hcl_lexer_step(l);
	}
	if (l->at == l->end)
		return hcl_lexer_refuse(
		    l, ERR_INVALID, "the string that begins here does not end");
	raw->len = (size_t)(l->at - raw->at);
	l->at++;
	return 0;
}

/* The number that the next n digits of the base write; false when there are fewer. */
static bool
take_code(struct str *s, unsigned base, size_t n, uint32_t *v)
{
	static const char digits[] = "0123456789abcdef";

	*v = 0;
	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int c = hcl_is_letter(s->at[i]) ? s->at[i] | 0x20 : s->at[i];
		const char *found = memchr(digits, c, base);

		if (found == NULL)
			return false;
		*v = *v * base + (uint32_t)(found - digits);
	}
	*s = str_from(*s, n);
	return true;
}

/* Escapes that write a code point in digits; those in octal have no letter. */
static const struct {
	char letter;
	unsigned base, digits;
} codes[] = {{'x', 16, 2}, {'u', 16, 4}, {'U', 16, 8}};

/* The escape whose backslash s was cut behind; *to moves on.  False when it is none. */
static bool
take_escape(struct str *s, char **to)
{
	static const char letters[] = "abfnrtv\\\"", meanings[] = "\a\b\f\n\r\t\v\\\"";
	char c = *s->at;
	const char *found = strchr(letters, c);
	uint32_t v = 0;

	if (found != NULL) {
		*s = str_from(*s, 1);
		*(*to)++ = meanings[found - letters];
		return true;
	}
	if (c >= '0' && c <= '7' && !take_code(s, 8, 3, &v))
		return false;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (c != codes[i].letter)
			continue;
		*s = str_from(*s, 1);
		if (!take_code(s, codes[i].base, codes[i].digits, &v))
			return false;
	}
	if (v == 0 || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return false;
	*to += utf8_put(v, *to);
	return true;
}

static int
decode(struct hcl_lexer *l, struct str raw)
{
	char *start = arena_alloc(l->arena, raw.len), *to = start;
	unsigned depth = 0;

	if (start == NULL)
		return hcl_lexer_refuse(l, ERR_LIMIT, "no memory is left for this string");
	while (raw.len > 0) {
		size_t verbatim = *raw.at != '\\' ? 1 : depth > 0 ? 2 : 0;

		if (verbatim > 0) {
			depth = nest(depth, raw.at);
			memcpy(to, raw.at, verbatim);
			to += verbatim;
			raw = str_from(raw, verbatim);
			continue;
		}
		raw = str_from(raw, 1);
		if (!take_escape(&raw, &to))
			return hcl_lexer_refuse(l, ERR_INVALID,
			    "the string that begins here has an unknown escape");
	}
	l->text = (struct str){start, (size_t)(to - start)};
	return 0;
}

int
hcl_string_take(struct hcl_lexer *l)
{
	if (take_quoted(l, &l->text) != 0)
		return -1;
	l->token = HCL_TOKEN_STRING;
	if (l->text.len == 0 || memchr(l->text.at, '\\', l->text.len) == NULL)
		return 0;
	return decode(l, l->text);
}

/* The line at the cursor, without its end; the cursor moves behind it. */
static struct str
take_line(struct hcl_lexer *l)
{
	struct str line = {l->at, 0};

	while (l->at < l->end && *l->at != '\n')
		l->at++;
	line.len = (size_t)(l->at - line.at);
	if (l->at < l->end)
		hcl_lexer_step(l);
	return line;
}

static struct str
trim_end(struct str line)
{
	while (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* The space that stands before the marker, when the line is that of the marker. */
static bool
is_last(struct str line, struct str marker, bool indented, struct str *space)
{
	*space = (struct str){line.at, 0};
	while (indented && space->len < line.len && hcl_is_one_of(line.at[space->len], " \t"))
		space->len++;
	return str_equal(trim_end(str_from(line, space->len)), marker);
}

/* Body without the space in front of its lines, if all begin with it; else as it is. */
static int
unindent(struct hcl_lexer *l, struct str body, struct str space)
{
	struct str line, rest;
	char *start, *to;

	l->text = body;
	if (space.len == 0)
		return 0;
	start = to = arena_alloc(l->arena, body.len);
	if (start == NULL)
		return hcl_lexer_refuse(l, ERR_LIMIT, "no memory is left for this heredoc");
	for (rest = body; rest.len > 0;) {
		str_cut(rest, '\n', &line, &rest);
		if (line.len < space.len || memcmp(line.at, space.at, space.len) != 0)
			return 0;
		line = str_from(line, space.len);
		memcpy(to, line.at, line.len);
		to += line.len;
		*to++ = '\n';
	}
	l->text = (struct str){start, (size_t)(to - start)};
	return 0;
}

int
hcl_heredoc_take(struct hcl_lexer *l)
{
	bool indented = hcl_lexer_peek(l, 2) == '-';
	struct str marker, line, space;
	const char *body;

	l->at += indented ? 3 : 2;
	marker = trim_end(take_line(l));
	for (size_t i = 0; i < marker.len; i++)
		if (!hcl_is_letter(marker.at[i]) && !hcl_is_one_of(marker.at[i], HCL_DIGITS))
			marker.len = 0;
	if (marker.len == 0)
		return hcl_lexer_refuse(
		    l, ERR_INVALID, "a heredoc's marker is a word at its line's end");
	l->token = HCL_TOKEN_HEREDOC;
	for (body = l->at; l->at < l->end;) {
		line = take_line(l);
		if (is_last(line, marker, indented, &space))
			return unindent(l, (struct str){body, (size_t)(line.at - body)}, space);
	}
	return hcl_lexer_refuse(l, ERR_INVALID, "the heredoc that begins here does not end");
}
