/*
 * Keeper: which sentences the audit must not show as they are.  An error may quote the value
 * that it is about, as clients of the API expect; the audit holds no values.
 */
#include "vaultd/keeper/audit_echo.h"

#include <string.h>

#include "base/buf.h"

#define LEAST 4  /* bytes that tell something */
#define MOST 24  /* a sentence may be cut behind them */

/* The most bytes, up to that many, that end no character in its midst. */
static size_t
utf8_cut(struct str s, size_t most)
{
	while (most > 0 && ((uint8_t)s.at[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static bool
holds(struct str text, struct str value)
{
	struct buf quoted = BUF_INIT;
	struct json_writer w = json_writer_to(&quoted);
	struct str inner = str_trim(value);
	bool found;

	if (inner.len < LEAST)
		return false;
	if (inner.len > MOST)
		inner.len = utf8_cut(inner, MOST);
	json_put_str(&w, NULL, inner);
	found = memmem(text.at, text.len, quoted.data + 1, quoted.len - 2) != NULL;
	buf_free(&quoted);
	return found;
}

static bool
holds_any(struct str text, struct str list)
{
	struct str item, rest = list;
	bool found = holds(text, list);

	while (!found && rest.len > 0) {
		str_cut(rest, ',', &item, &rest);
		found = holds(text, item);
	}
	return found;
}

bool
audit_echoes(struct str text, const struct json *tree)
{
	if (tree == NULL || text.len == 0)
		return false;
	if (tree->type == JSON_STRING || tree->type == JSON_NUMBER)
		return holds_any(text, tree->text);
	for (const struct json *child = tree->first; child != NULL; child = child->next)
		if (audit_echoes(text, child))
			return true;
	return false;
}
