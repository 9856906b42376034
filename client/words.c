/*
 * vaultctl: the words of a command.
 */
#include "client/words.h"

#include <stdlib.h>
#include <string.h>

/* Append the word at from, without its quotes, and a NUL; where it ends.  NULL with err. */
static const char *
copy_word(const char *from, char **to, struct error *err)
{
	char quote = '\0';

	for (; *from != '\0' && (quote != '\0' || strchr(" \t\n", *from) == NULL); from++)
		if (quote == '\0' && (*from == '\'' || *from == '"'))
			quote = *from;
		else if (*from == quote)
			quote = '\0';
		else
			*(*to)++ = *from;
	if (quote != '\0') {
		error_set(err, ERR_INVALID, "a quote %c is not closed", quote);
		return NULL;
	}
	*(*to)++ = '\0';
	return from;
}

int
words_cut(struct words *w, const char *text, struct error *err)
{
	char *to;

	*w = (struct words){NULL};
	w->text = to = malloc(strlen(text) + 1);
	if (to == NULL)
		fatal("out of memory");
	while (*(text += strspn(text, " \t\n")) != '\0') {
		if (w->count == WORDS_MOST)
			return error_set(err, ERR_LIMIT, "more than %d words", WORDS_MOST);
		w->at[w->count++] = to;
		if ((text = copy_word(text, &to, err)) == NULL)
			return -1;
	}
	return w->count > 0 ? 0 : error_set(err, ERR_INVALID, "there is no command");
}

void
words_free(struct words *w)
{
	free(w->text);
	*w = (struct words){NULL};
}
