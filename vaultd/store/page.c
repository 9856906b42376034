/*
 * One page of a tree, in the keeper.
 * Security: the bytes may be a thief's; a number is compared before it is used as an offset.
 * LMDB moves nodes within a page by their sizes, so it is not enough that each lies inside.
 */
#include "vaultd/store/page.h"

enum { KEY_MAX = 511 };

struct page_node
page_node(const struct page *p, unsigned i)
{
	const uint8_t *node = p->at + get16(p->at + PAGE_HEAD + 2 * (size_t)i);
	struct page_node n = {.flags = get16(node + NODE_FLAGS)};

	n.key_len = get16(node + NODE_KEY);
	n.key = node + NODE_HEAD;
	n.data = n.key + n.key_len;
	n.data_len = get32(node + NODE_SIZE);
	n.child = n.data_len | (uint64_t)n.flags << 32;
	return n;
}

/* The page's bounds hold; node i lies between them, and its tile is noted. */
static const char *
check_place(const struct page *p, unsigned i, uint16_t *tile)
{
	size_t offset = get16(p->at + PAGE_HEAD + 2 * (size_t)i), len;
	size_t most = ((p->size - PAGE_HEAD) / 2 & ~(size_t)1) - 2;
	struct page_node n;

	if (offset % 2 != 0 || offset < get16(p->at + PAGE_UPPER) ||
	    offset + NODE_HEAD > p->size)
		return "a node is outside";
	n = page_node(p, i);
	len = NODE_HEAD + (size_t)n.key_len;
	if (p->leaf)
		len += (n.flags & NODE_BIG) ? sizeof(uint64_t) : (size_t)n.data_len;
	if (n.key_len > KEY_MAX || len > most || offset + len > p->size)
		return "a node is too long";
	tile[offset / 2] = (uint16_t)((len + 1) & ~(size_t)1);
	return NULL;
}

/* The nodes fill what the page has from `upper` on, side by side.  Clears the tiles. */
static const char *
check_tiles(const struct page *p, uint16_t *tile)
{
	size_t at = get16(p->at + PAGE_UPPER), len;
	unsigned nodes = p->nodes;

	for (; nodes > 0 && at < p->size; nodes--, at += len) {
		len = tile[at / 2];
		tile[at / 2] = 0;
		if (len == 0)
			return "nodes overlap or leave a gap";
	}
	return nodes == 0 && at == p->size ? NULL : "nodes do not fill it";
}

static bool
in_order(const struct page *p, const struct page_node *a, const struct page_node *b)
{
	size_t least = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order;

	if (p->integers)
		return get64(a->key) < get64(b->key);
	order = memcmp(a->key, b->key, least);
	return order < 0 || (order == 0 && a->key_len < b->key_len);
}

/* The key of a branch's first node is never looked at and may be empty. */
static const char *
check_keys(const struct page *p)
{
	unsigned first = p->leaf ? 0 : 1;
	struct page_node n, before = {0};

	for (unsigned i = first; i < p->nodes; i++, before = n) {
		n = page_node(p, i);
		if (p->integers ? n.key_len != sizeof(uint64_t) : n.key_len == 0)
			return "a key of a wrong length";
		if (i > first && !in_order(p, &before, &n))
			return "keys are not in order";
	}
	return NULL;
}

const char *
page_check(struct page *p, uint16_t *tile)
{
	size_t lower = get16(p->at + PAGE_LOWER), upper = get16(p->at + PAGE_UPPER);
	const char *why;

	if (get64(p->at + PAGE_NUMBER) != p->number ||
	    get16(p->at + PAGE_FLAGS) != (p->leaf ? PAGE_LEAF : PAGE_BRANCH))
		return "not the page of a tree, as it should be";
	if (lower % 2 != 0 || upper % 2 != 0 || lower < PAGE_HEAD || lower > upper ||
	    upper > p->size)
		return "bounds are wrong";
	p->nodes = (unsigned)(lower - PAGE_HEAD) / 2;
	if (p->nodes < (p->leaf ? 1 : 2))
		return "too few nodes";
	for (unsigned i = 0; i < p->nodes; i++)
		if ((why = check_place(p, i, tile)) != NULL)
			return why;
	why = check_tiles(p, tile);
	return why != NULL ? why : check_keys(p);
}
