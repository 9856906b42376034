/*
 * The checker of a store's pages, in the keeper, over a read-only map of the file.
 * Security: every byte here may be a thief's.  A number is compared before it is used as an
 * offset; recursion is bounded by the depth a tree may have; a page is entered once.  What
 * passes must hold for LMDB's writing too: it moves nodes within a page by their sizes, and
 * gives out pages that the free list names.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vaultd/store/pages.h"

_Static_assert(sizeof(size_t) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "the layout below is that of 64 bits, little-endian");

enum { /* offsets and sizes */
	PAGE_NUMBER = 0,
	PAGE_FLAGS = 10,
	PAGE_LOWER = 12,
	PAGE_UPPER = 14,
	PAGE_COUNT = 12,
	PAGE_HEAD = 16,
	META_MAGIC = 16,
	META_VERSION = 20,
	META_FREE = 40,
	META_MAIN = 88,
	META_LAST = 136,
	META_TXN = 144,
	DB_PAGE_SIZE = 0,
	DB_FLAGS = 4,
	DB_DEPTH = 6,
	DB_ROOT = 40,
	DB_LEN = 48,
	NODE_SIZE = 0,
	NODE_FLAGS = 4,
	NODE_KEY = 6,
	NODE_HEAD = 8,
};
enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
enum { NODE_BIG = 1, NODE_TREE = 2 };
enum { KEY_MAX = 511, DEPTH_MAX = 32, SMALLEST = 512, LARGEST = 32768, VERSION_LEN = 8 };

#define MAGIC UINT32_C(0xbeefc0de)
#define VERSION 1
#define INTEGER_KEYS 8
#define NO_ROOT UINT64_MAX
#define TXN_MAX (UINT64_C(1) << 62)
/* LMDB may leave pages at the end unwritten when they were freed in the transaction that took
 * them; a transaction holds at most so many. */
#define UNWRITTEN_MAX (UINT64_C(1) << 17)

enum kind { FREE, MAIN, RECORDS };

struct check {
	const uint8_t *file;
	size_t size;      /* of a page */
	uint64_t written; /* pages in the file */
	uint64_t count;   /* pages that may be named */
	uint8_t *seen;    /* a bit for each of these */
	/* Of the page being checked: size of the node that begins there.  0 between pages. */
	uint16_t tile[LARGEST / 2];
	struct error *err;
};

struct node {
	const uint8_t *key, *data;
	uint16_t flags, key_len;
	uint32_t data_len;
	uint64_t child; /* in a branch */
};

static uint16_t
get16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static uint32_t
get32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static uint64_t
get64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static int
bad(struct check *c, uint64_t page, const char *why)
{
	return error_set(
	    c->err, ERR_CORRUPT, "page %llu of the store: %s", (unsigned long long)page, why);
}

/* Note that `count` pages from `page` on are used, or free, by what stands on page `from`. */
static int
mark(struct check *c, uint64_t from, uint64_t page, uint64_t count, bool used)
{
	uint64_t end = used ? c->written : c->count;

	if (page < 2 || page >= end || count > end - page)
		return bad(c, from, "leads out of the file");
	for (uint64_t p = page; p < page + count; p++) {
		uint8_t bit = (uint8_t)(1u << (p & 7));

		if (c->seen[p / 8] & bit)
			return bad(c, p, "in two places");
		c->seen[p / 8] |= bit;
	}
	return 0;
}

/* A record of the free list: how many pages, then their numbers, descending. */
static int
check_free(struct check *c, uint64_t page, const uint8_t *data, uint32_t len)
{
	uint64_t n = len >= 8 ? get64(data) : UINT64_MAX;
	uint64_t before = UINT64_MAX, p;

	if (n > len / 8 - 1)
		return bad(c, page, "a list of free pages is longer than its record");
	for (uint64_t i = 1; i <= n; i++) {
		p = get64(data + i * 8);
		if (p >= before)
			return bad(c, page, "a list of free pages is not in order");
		if (mark(c, page, p, 1, false) != 0)
			return -1;
		before = p;
	}
	return 0;
}

/* A value on pages of its own; n->data becomes where it is. */
static int
check_overflow(struct check *c, uint64_t from, struct node *n)
{
	uint64_t page = get64(n->data), count;
	const uint8_t *at;

	if (page >= c->written)
		return bad(c, from, "leads out of the file");
	at = c->file + page * c->size;
	count = get32(at + PAGE_COUNT);
	if (get64(at + PAGE_NUMBER) != page || get16(at + PAGE_FLAGS) != PAGE_OVERFLOW)
		return bad(c, page, "not the page of a value, as it should be");
	if (count == 0 || count * c->size - PAGE_HEAD < n->data_len)
		return bad(c, page, "too few pages for its value");
	n->data = at + PAGE_HEAD;
	return mark(c, from, page, count, true);
}

static int check_tree(struct check *c, enum kind kind, uint64_t from, const uint8_t *db);

static int
check_value(struct check *c, enum kind kind, uint64_t page, struct node *n)
{
	if (kind == MAIN) {
		if (n->flags != NODE_TREE || n->data_len != DB_LEN)
			return bad(c, page, "not a named database");
		return check_tree(c, RECORDS, page, n->data);
	}
	if (n->flags == NODE_BIG) {
		if (check_overflow(c, page, n) != 0)
			return -1;
	} else if (n->flags != 0) {
		return bad(c, page, "a record's flags are unknown");
	}
	if (kind == FREE)
		return check_free(c, page, n->data, n->data_len);
	return n->data_len >= VERSION_LEN ? 0 : bad(c, page, "a value without version");
}

/* Node i of a page, once its place was checked. */
static struct node
node_at(struct check *c, uint64_t page, unsigned i)
{
	const uint8_t *at = c->file + page * c->size;
	const uint8_t *node = at + get16(at + PAGE_HEAD + 2 * (size_t)i);
	struct node n = {.flags = get16(node + NODE_FLAGS), .key_len = get16(node + NODE_KEY)};

	n.key = node + NODE_HEAD;
	n.data = n.key + n.key_len;
	n.data_len = get32(node + NODE_SIZE);
	n.child = n.data_len | (uint64_t)n.flags << 32;
	return n;
}

/* Node i lies in its page, whose bounds were checked; its tile is noted. */
static int
check_place(struct check *c, uint64_t page, unsigned i, bool leaf)
{
	const uint8_t *at = c->file + page * c->size;
	size_t offset = get16(at + PAGE_HEAD + 2 * (size_t)i), len;
	size_t most = ((c->size - PAGE_HEAD) / 2 & ~(size_t)1) - 2;
	struct node n;

	if (offset % 2 != 0 || offset < get16(at + PAGE_UPPER) || offset + NODE_HEAD > c->size)
		return bad(c, page, "a node is outside");
	n = node_at(c, page, i);
	len = NODE_HEAD + (size_t)n.key_len;
	if (leaf)
		len += (n.flags & NODE_BIG) ? 8 : (size_t)n.data_len;
	if (n.key_len > KEY_MAX || len > most || offset + len > c->size)
		return bad(c, page, "a node is too long");
	if (c->tile[offset / 2] != 0)
		return bad(c, page, "two nodes in one place");
	c->tile[offset / 2] = (uint16_t)((len + 1) & ~(size_t)1);
	return 0;
}

/* The nodes fill what the page has from `upper` on, side by side.  Clears the tiles. */
static int
check_tiles(struct check *c, uint64_t page, unsigned nodes)
{
	size_t at = get16(c->file + page * c->size + PAGE_UPPER), len;

	for (; nodes > 0 && at < c->size; nodes--, at += len) {
		len = c->tile[at / 2];
		c->tile[at / 2] = 0;
		if (len == 0)
			return bad(c, page, "nodes overlap or leave a gap");
	}
	return nodes == 0 && at == c->size ? 0 : bad(c, page, "nodes do not fill it");
}

static bool
in_order(enum kind kind, const struct node *a, const struct node *b)
{
	size_t least = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order;

	if (kind == FREE)
		return get64(a->key) < get64(b->key);
	order = memcmp(a->key, b->key, least);
	return order < 0 || (order == 0 && a->key_len < b->key_len);
}

/* The key of a branch's first node is never looked at and may be empty. */
static int
check_keys(struct check *c, enum kind kind, uint64_t page, unsigned first, unsigned nodes)
{
	struct node n, before = {0};

	for (unsigned i = first; i < nodes; i++, before = n) {
		n = node_at(c, page, i);
		if (kind == FREE ? n.key_len != 8 : n.key_len == 0)
			return bad(c, page, "a key of a wrong length");
		if (i > first && !in_order(kind, &before, &n))
			return bad(c, page, "keys are not in order");
	}
	return 0;
}

/* What the page itself says of its nodes; *nodes: how many. */
static int
check_nodes(struct check *c, enum kind kind, uint64_t page, bool leaf, unsigned *nodes)
{
	const uint8_t *at = c->file + page * c->size;
	size_t lower = get16(at + PAGE_LOWER), upper = get16(at + PAGE_UPPER);

	if (get64(at + PAGE_NUMBER) != page ||
	    get16(at + PAGE_FLAGS) != (leaf ? PAGE_LEAF : PAGE_BRANCH))
		return bad(c, page, "not the page of a tree, as it should be");
	if (lower % 2 != 0 || upper % 2 != 0 || lower < PAGE_HEAD || lower > upper ||
	    upper > c->size)
		return bad(c, page, "bounds are wrong");
	*nodes = (unsigned)(lower - PAGE_HEAD) / 2;
	if (*nodes < (leaf ? 1 : 2))
		return bad(c, page, "too few nodes");
	for (unsigned i = 0; i < *nodes; i++)
		if (check_place(c, page, i, leaf) != 0)
			return -1;
	if (check_tiles(c, page, *nodes) != 0)
		return -1;
	return check_keys(c, kind, page, leaf ? 0 : 1, *nodes);
}

/* A page `depth` levels above the values (1: a leaf), named by page `from`, and all below it.
 */
static int
check_page(struct check *c, enum kind kind, uint64_t from, uint64_t page, unsigned depth)
{
	bool leaf = depth == 1;
	unsigned nodes = 0;
	int rc = 0;

	if (mark(c, from, page, 1, true) != 0 || check_nodes(c, kind, page, leaf, &nodes) != 0)
		return -1;
	for (unsigned i = 0; i < nodes && rc == 0; i++) {
		struct node n = node_at(c, page, i);

		rc = leaf ? check_value(c, kind, page, &n)
			  : check_page(c, kind, page, n.child, depth - 1);
	}
	return rc;
}

static int
check_tree(struct check *c, enum kind kind, uint64_t from, const uint8_t *db)
{
	unsigned depth = get16(db + DB_DEPTH);
	uint64_t root = get64(db + DB_ROOT);

	if (get16(db + DB_FLAGS) != (kind == FREE ? INTEGER_KEYS : 0))
		return bad(c, from, "a tree of a kind the store does not have");
	if (depth > DEPTH_MAX || (depth == 0) != (root == NO_ROOT))
		return bad(c, from, "a tree's depth is wrong");
	return depth == 0 ? 0 : check_page(c, kind, from, root, depth);
}

static int
check_meta(struct check *c, uint64_t page)
{
	const uint8_t *at = c->file + page * c->size;

	if (get16(at + PAGE_FLAGS) != PAGE_META || get32(at + META_MAGIC) != MAGIC)
		return bad(c, page, "not a meta page of LMDB");
	if (get32(at + META_VERSION) != VERSION)
		return bad(c, page, "of another version of LMDB");
	if (get32(at + META_FREE + DB_PAGE_SIZE) != c->size)
		return bad(c, page, "another page size than page 0");
	return 0;
}

/* LMDB takes the newer meta page, and later finds it by its transaction's lowest bit. */
static int
pick_meta(struct check *c, uint64_t *page)
{
	uint64_t txn[2];

	for (uint64_t i = 0; i < 2; i++) {
		if (check_meta(c, i) != 0)
			return -1;
		txn[i] = get64(c->file + i * c->size + META_TXN);
	}
	*page = txn[1] > txn[0];
	if (txn[*page] > TXN_MAX || (txn[*page] & 1) != *page)
		return bad(c, *page, "the transaction's number is wrong");
	return 0;
}

static int
check_file(struct check *c)
{
	const uint8_t *meta;
	uint64_t page, last;
	int rc;

	if (pick_meta(c, &page) != 0)
		return -1;
	meta = c->file + page * c->size;
	last = get64(meta + META_LAST);
	if (last < 1 || last >= c->written + UNWRITTEN_MAX)
		return bad(c, page, "the file is shorter than it says");
	c->count = last + 1;
	if (c->written > c->count)
		c->written = c->count;
	c->seen = calloc(1, c->count / 8 + 1);
	if (c->seen == NULL)
		fatal("no memory to check the store");
	rc = check_tree(c, FREE, page, meta + META_FREE);
	if (rc == 0)
		rc = check_tree(c, MAIN, page, meta + META_MAIN);
	free(c->seen);
	return rc;
}

int
pages_check(const void *file, size_t len, struct error *err)
{
	struct check c = {.file = file, .err = err};

	if (len < SMALLEST)
		return error_set(err, ERR_CORRUPT, "the store's file is too short");
	c.size = get32(c.file + META_FREE + DB_PAGE_SIZE);
	if (c.size < SMALLEST || c.size > LARGEST || (c.size & (c.size - 1)) != 0)
		return bad(&c, 0, "not a meta page of LMDB");
	c.written = len / c.size;
	if (c.written < 2)
		return error_set(err, ERR_CORRUPT, "the store's file is too short");
	return check_file(&c);
}

int
pages_check_file(int fd, struct error *err)
{
	struct stat st;
	size_t len;
	void *map;
	int rc;

	if (fstat(fd, &st) != 0)
		return error_set_errno(err, "reading the store's size");
	if (st.st_size == 0)
		return 0;
	len = (size_t)st.st_size;
	map = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return error_set_errno(err, "mapping the store");
	madvise(map, len, MADV_WILLNEED);
	rc = pages_check(map, len, err);
	munmap(map, len);
	return rc;
}
