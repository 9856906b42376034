/*
 * vaultctl: the common texts of two patterns, by a table of which of their ends have one.
 */
#include "client/meeting.h"

#include <stdlib.h>

#include "base/error.h"

/* meets(i, j): what stands in a from i and in b from j have a text in common. */
struct table {
	struct str a, b;
	bool *meets; /* (a.len + 1) * (b.len + 1) */
};

static bool
star(struct str s, size_t i)
{
	return i < s.len && s.at[i] == '*';
}

static bool *
cell(const struct table *t, size_t i, size_t j)
{
	return &t->meets[i * (t->b.len + 1) + j];
}

/* A '*' stands for nothing, or for one byte more of the other; bytes stand for themselves. */
static bool
decide(const struct table *t, size_t i, size_t j)
{
	bool a_left = i < t->a.len, b_left = j < t->b.len;

	if (!a_left && !b_left)
		return true;
	if (star(t->a, i) && (*cell(t, i + 1, j) || (b_left && *cell(t, i, j + 1))))
		return true;
	if (star(t->b, j) && (*cell(t, i, j + 1) || (a_left && *cell(t, i + 1, j))))
		return true;
	return a_left && b_left && t->a.at[i] == t->b.at[j] && *cell(t, i + 1, j + 1);
}

/* The bytes on a way through the table. */
static void
put_text(const struct table *t, struct buf *text)
{
	size_t i = 0, j = 0;

	while (i < t->a.len || j < t->b.len) {
		if (star(t->a, i) && *cell(t, i + 1, j)) {
			i++;
		} else if (star(t->b, j) && *cell(t, i, j + 1)) {
			j++;
		} else {
			bool from_b = star(t->a, i), from_a = star(t->b, j);

			buf_put_u8(text, (uint8_t)(from_b ? t->b.at[j] : t->a.at[i]));
			i += !from_b;
			j += !from_a;
		}
	}
}

/* They differ before either has a '*': the common case, and no table is needed. */
static bool
begin_apart(struct str a, struct str b)
{
	for (size_t i = 0; i < a.len && i < b.len && !star(a, i) && !star(b, i); i++)
		if (a.at[i] != b.at[i])
			return true;
	return false;
}

bool
meeting_find(struct str a, struct str b, struct buf *text)
{
	struct table t = {a, b, NULL};
	bool found;

	if (begin_apart(a, b))
		return false;
	t.meets = calloc((a.len + 1) * (b.len + 1), sizeof(bool));
	if (t.meets == NULL)
		fatal("out of memory");
	for (size_t i = a.len + 1; i-- > 0;)
		for (size_t j = b.len + 1; j-- > 0;)
			*cell(&t, i, j) = decide(&t, i, j);
	found = *cell(&t, 0, 0);
	if (found)
		put_text(&t, text);
	free(t.meets);
	return found;
}
