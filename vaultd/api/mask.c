/*
 * Keeper: masking values in what a hook says.
 */
#include "vaultd/api/mask.h"

#include <stdlib.h>
#include <string.h>

#define MASK "[masked]"
#define LINE_LEAST 8 /* shorter lines of a longer text say nothing by themselves */

static void
add(struct mask *m, struct str value)
{
	if (value.len == 0)
		return;
	if (m->count == MASK_VALUES)
		m->full = true;
	else
		m->values[m->count++] = value;
}

static void
add_lines(struct mask *m, struct str text)
{
	struct str line;
	bool more = memchr(text.at, '\n', text.len) != NULL;

	while (more) {
		more = str_cut(text, '\n', &line, &text);
		if (line.len >= LINE_LEAST)
			add(m, line);
	}
}

void
mask_add(struct mask *m, const struct json *tree)
{
	if (tree == NULL || m->full)
		return;
	if (tree->type == JSON_STRING || tree->type == JSON_NUMBER)
		add(m, tree->text);
	if (tree->type == JSON_STRING && tree->text.len > 0)
		add_lines(m, tree->text);
	for (const struct json *child = tree->first; child != NULL; child = child->next)
		mask_add(m, child);
}

static int
longest_first(const void *a, const void *b)
{
	size_t x = ((const struct str *)a)->len, y = ((const struct str *)b)->len;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Bytes of the value that text begins with; 0: none.  cut: it may end in the midst of one. */
static size_t
value_at(const struct mask *m, struct str text, bool cut)
{
	for (unsigned i = 0; i < m->count; i++) {
		size_t len = m->values[i].len;

		if (len > text.len && cut)
			len = text.len;
		if (len <= text.len && memcmp(m->values[i].at, text.at, len) == 0)
			return len;
	}
	return 0;
}

void
mask_put(struct mask *m, struct str text, size_t most, struct buf *out)
{
	bool cut = text.len > most;

	if (m->full) {
		buf_put_text(out, "(not kept: the secret has too many values to mask)");
		return;
	}
	text.len = cut ? most : text.len;
	qsort(m->values, m->count, sizeof(*m->values), longest_first);
	while (text.len > 0) {
		size_t masked = value_at(m, text, cut);

		if (masked > 0)
			buf_put_text(out, MASK);
		else
			buf_put_u8(out, (uint8_t)text.at[0]);
		text = str_from(text, masked > 0 ? masked : 1);
	}
}
