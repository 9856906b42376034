/*
 * The tokens of HCL 1.  Only the hcl files need this.
 */
#ifndef BASE_HCL_LEX_H
#define BASE_HCL_LEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum hcl_token {
	HCL_TOKEN_END,
	HCL_TOKEN_WORD,
	HCL_TOKEN_STRING,
	HCL_TOKEN_HEREDOC,
	HCL_TOKEN_NUMBER,
	HCL_TOKEN_EQUALS,
	HCL_TOKEN_COMMA,
	HCL_TOKEN_OPEN_OBJECT,
	HCL_TOKEN_CLOSE_OBJECT,
	HCL_TOKEN_OPEN_LIST,
	HCL_TOKEN_CLOSE_LIST
};

struct hcl_lexer {
	struct arena *arena;
	const char *at, *end,
	    *line_start; /* the byte behind the token; the end; of at's line */
	unsigned at_line;
	enum hcl_token token;  /* the token read last */
	struct str text;       /* word, string (decoded), heredoc, number */
	unsigned line, column; /* where it begins, from 1 */
	struct error *err;
};

/* Begin at the start of text, no token read.  -1 when text is not UTF-8, or holds a NUL. */
int hcl_lexer_open(struct hcl_lexer *l, struct arena *a, struct str text, struct error *err);

/* Read the next token; -1 with the place of what is none. */
int hcl_lexer_next(struct hcl_lexer *l);

/* "line 3, column 7: why", of the token read last.  Returns -1. */
int hcl_lexer_refuse(const struct hcl_lexer *l, enum error_code code, const char *why);

/* For the takers of tokens.  The byte n places ahead, or -1; step over the next byte. */
int hcl_lexer_peek(const struct hcl_lexer *l, size_t n);
void hcl_lexer_step(struct hcl_lexer *l);

#define HCL_DIGITS "0123456789"
/* c, as peeked, is a byte of set; is a letter or '_'. */
bool hcl_is_one_of(int c, const char *set);
bool hcl_is_letter(int c);

/* The token at the cursor, which stands on its '"' or on its "<<".  0, or -1. */
int hcl_string_take(struct hcl_lexer *l);
int hcl_heredoc_take(struct hcl_lexer *l);

#endif
