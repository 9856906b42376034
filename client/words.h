/*
 * A command in one text, cut into words as a shell would, but run by none: blanks part words,
 * '...' and "..." hold them together.  Nothing is expanded and nothing escaped.
 */
#ifndef CLIENT_WORDS_H
#define CLIENT_WORDS_H

#include "base/error.h"

#define WORDS_MOST 64

struct words {
	char *text;               /* what they stand in */
	char *at[WORDS_MOST + 1]; /* NULL behind the last */
	unsigned count;
};

/* 0, or -1 with ERR_INVALID when there is none, or a quote is open.  words_free either way. */
int words_cut(struct words *w, const char *text, struct error *err);
void words_free(struct words *w);

#endif
