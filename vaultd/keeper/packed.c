/*
 * Keeper: lists of texts in one run of bytes.
 */
#include "vaultd/keeper/packed.h"

#include <stdlib.h>

bool
packed_next(struct str *list, struct str *item)
{
	struct reader in = reader_of(list->at, list->len);

	if (in.left == 0)
		return false;
	*item = reader_block(&in);
	*list = in.bad ? (struct str){ NULL, 0 } : (struct str){ (const char *)in.at, in.left };
	return !in.bad;
}

unsigned
packed_count(struct str list)
{
	struct str item;
	unsigned n = 0;

	while (packed_next(&list, &item))
		n++;
	return n;
}

bool
packed_has(struct str list, struct str item)
{
	struct str one;

	while (packed_next(&list, &one))
		if (str_equal(one, item))
			return true;
	return false;
}

struct str
packed_value(struct str pairs, struct str key)
{
	struct str name, value;

	while (packed_next(&pairs, &name) && packed_next(&pairs, &value))
		if (str_equal(name, key))
			return value;
	return (struct str){ NULL, 0 };
}

static void
put(struct buf *out, struct str item)
{
	buf_put_block(out, item.at, item.len);
}

void
packed_with(struct str set, struct str item, struct buf *out)
{
	struct str one;
	bool placed = false;

	while (packed_next(&set, &one)) {
		int order = placed ? 1 : str_compare(item, one);

		if (order < 0)
			put(out, item);
		placed = placed || order <= 0;
		put(out, one);
	}
	if (!placed)
		put(out, item);
}

void
packed_without(struct str set, struct str item, struct buf *out)
{
	struct str one;

	while (packed_next(&set, &one))
		if (!str_equal(one, item))
			put(out, one);
}

static int
by_text(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

void
packed_set(struct str *items, unsigned count, struct buf *out)
{
	if (count > 0)
		qsort(items, count, sizeof(*items), by_text);
	for (unsigned i = 0; i < count; i++)
		if (i == 0 || !str_equal(items[i], items[i - 1]))
			put(out, items[i]);
}

void
packed_unite(struct str a, struct str b, struct buf *out)
{
	struct str of_a = { NULL, 0 }, of_b = { NULL, 0 };
	bool in_a = packed_next(&a, &of_a), in_b = packed_next(&b, &of_b);

	while (in_a || in_b) {
		int order = !in_b ? -1 : !in_a ? 1 : str_compare(of_a, of_b);

		put(out, order <= 0 ? of_a : of_b);
		if (order <= 0)
			in_a = packed_next(&a, &of_a);
		if (order >= 0)
			in_b = packed_next(&b, &of_b);
	}
}

bool
packed_difference(struct str set, struct str other, bool (*each)(void *arg, struct str item),
    void *arg)
{
	struct str one, theirs = { NULL, 0 };
	bool more = packed_next(&other, &theirs);

	while (packed_next(&set, &one)) {
		while (more && str_compare(theirs, one) < 0)
			more = packed_next(&other, &theirs);
		if ((!more || !str_equal(theirs, one)) && !each(arg, one))
			return false;
	}
	return true;
}
