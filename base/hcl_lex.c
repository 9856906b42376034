/*
 * The tokens of HCL 1, for policies in the keeper and configuration everywhere.
 * Security: policies come from callers; every step is bounded by the end of the text, and
 * errors name places, never content.
 */
#include <string.h>

#include "base/hcl_lex.h"
#include "base/text.h"

#define HEX_DIGITS HCL_DIGITS "abcdefABCDEF"

bool
hcl_is_one_of(int c, const char *set)
{
	return c > 0 && strchr(set, c) != NULL;
}

bool
hcl_is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int
hcl_lexer_peek(const struct hcl_lexer *l, size_t n)
{
	return n < (size_t)(l->end - l->at) ? (unsigned char)l->at[n] : -1;
}

void
hcl_lexer_step(struct hcl_lexer *l)
{
	if (*l->at++ == '\n') {
		l->at_line++;
		l->line_start = l->at;
	}
}

static void
mark(struct hcl_lexer *l)
{
	l->line = l->at_line;
	l->column = (unsigned)(l->at - l->line_start) + 1;
}

int
hcl_lexer_refuse(const struct hcl_lexer *l, enum error_code code, const char *why)
{
	return error_set(l->err, code, "line %u, column %u: %s", l->line, l->column, why);
}

int
hcl_lexer_open(struct hcl_lexer *l, struct arena *a, struct str text, struct error *err)
{
	const char *start = text.len > 0 ? text.at : "";

	*l = (struct hcl_lexer){.arena = a, .at = start, .end = start + text.len, .err = err};
	l->line_start = start;
	l->at_line = 1;
	while (l->at < l->end) {
		size_t len = utf8_length((struct str){l->at, (size_t)(l->end - l->at)});

		mark(l);
		if (len == 0 || *l->at == '\0')
			return hcl_lexer_refuse(l, ERR_INVALID, "this is no text in UTF-8");
		hcl_lexer_step(l);
		l->at += len - 1;
	}
	l->at = l->line_start = start;
	l->at_line = l->line = l->column = 1;
	return 0;
}

static void
skip_line(struct hcl_lexer *l)
{
	while (l->at < l->end && *l->at != '\n')
		hcl_lexer_step(l);
}

static int
skip_block(struct hcl_lexer *l)
{
	mark(l);
	for (l->at += 2; l->at < l->end; hcl_lexer_step(l)) {
		if (*l->at == '*' && hcl_lexer_peek(l, 1) == '/') {
			l->at += 2;
			return 0;
		}
	}
	return hcl_lexer_refuse(l, ERR_INVALID, "the comment that begins here does not end");
}

/* Step over space and comments. */
static int
skip_space(struct hcl_lexer *l)
{
	while (l->at < l->end) {
		if (hcl_is_one_of(*l->at, " \t\r\n"))
			hcl_lexer_step(l);
		else if (*l->at == '#' || (*l->at == '/' && hcl_lexer_peek(l, 1) == '/'))
			skip_line(l);
		else if (*l->at != '/' || hcl_lexer_peek(l, 1) != '*')
			return 0;
		else if (skip_block(l) != 0)
			return -1;
	}
	return 0;
}

/* Step over bytes in set; false when there are none. */
static bool
skip_all(struct hcl_lexer *l, const char *set)
{
	const char *from = l->at;

	while (hcl_is_one_of(hcl_lexer_peek(l, 0), set))
		l->at++;
	return l->at > from;
}

static bool
skip_number(struct hcl_lexer *l)
{
	if (*l->at == '-')
		l->at++;
	if (hcl_lexer_peek(l, 0) == '0' && hcl_is_one_of(hcl_lexer_peek(l, 1), "xX")) {
		l->at += 2;
		return skip_all(l, HEX_DIGITS);
	}
	if (!skip_all(l, HCL_DIGITS))
		return false;
	if (hcl_lexer_peek(l, 0) == '.') {
		l->at++;
		if (!skip_all(l, HCL_DIGITS))
			return false;
	}
	if (hcl_is_one_of(hcl_lexer_peek(l, 0), "eE")) {
		l->at += hcl_is_one_of(hcl_lexer_peek(l, 1), "+-") ? 2 : 1;
		return skip_all(l, HCL_DIGITS);
	}
	return true;
}

static int
take_number(struct hcl_lexer *l)
{
	const char *from = l->at;

	if (!skip_number(l) || hcl_is_letter(hcl_lexer_peek(l, 0)) ||
	    hcl_is_one_of(hcl_lexer_peek(l, 0), HCL_DIGITS "."))
		return hcl_lexer_refuse(l, ERR_INVALID, "this is no number");
	l->token = HCL_TOKEN_NUMBER;
	l->text = (struct str){from, (size_t)(l->at - from)};
	return 0;
}

static int
take_word(struct hcl_lexer *l)
{
	const char *from = l->at;

	while (hcl_is_letter(hcl_lexer_peek(l, 0)) ||
	       hcl_is_one_of(hcl_lexer_peek(l, 0), HCL_DIGITS "-."))
		l->at++;
	l->token = HCL_TOKEN_WORD;
	l->text = (struct str){from, (size_t)(l->at - from)};
	return 0;
}

static int
take_sign(struct hcl_lexer *l)
{
	static const char signs[] = "=,{}[]";
	const char *found = strchr(signs, *l->at);

	if (found == NULL)
		return hcl_lexer_refuse(l, ERR_INVALID, "unexpected character");
	l->token = (enum hcl_token)(HCL_TOKEN_EQUALS + (found - signs));
	l->at++;
	return 0;
}

int
hcl_lexer_next(struct hcl_lexer *l)
{
	if (skip_space(l) != 0)
		return -1;
	mark(l);
	l->token = HCL_TOKEN_END;
	if (l->at == l->end)
		return 0;
	if (*l->at == '"')
		return hcl_string_take(l);
	if (*l->at == '<' && hcl_lexer_peek(l, 1) == '<')
		return hcl_heredoc_take(l);
	if (hcl_is_one_of(*l->at, HCL_DIGITS "-"))
		return take_number(l);
	return hcl_is_letter(*l->at) ? take_word(l) : take_sign(l);
}
