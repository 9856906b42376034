/*
 * The checker of a store's pages, in the keeper, over a read-only map of the file.
 * Security: every byte here may be a thief's.  A number is compared before it is used as an
 * offset; recursion is bounded by the depth a tree may have; a page is entered once.  What
 * passes must hold for LMDB's writing too, which gives out the pages that the free list names.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vaultd/store/page.h"
#include "vaultd/store/pages.h"

/* Offsets in a meta page (struct MDB_meta behind the page's head) and in struct MDB_db. */
#define META_MAGIC 16
#define META_VERSION 20
#define META_FREE 40
#define META_MAIN 88
#define META_LAST 136
#define META_TXN 144
#define DB_PAGE_SIZE 0
#define DB_FLAGS 4
#define DB_DEPTH 6
#define DB_ROOT 40
#define DB_LEN 48

#define MAGIC UINT32_C(0xbeefc0de)
#define FORMAT 1
#define INTEGER_KEYS 8
#define NO_ROOT UINT64_MAX
#define DEPTH_MAX 32
#define VERSION_LEN 8 /* in front of a value of the store */
#define TXN_MAX (UINT64_C(1) << 62)
/* LMDB may leave pages at the end unwritten when they were freed in the transaction that took
 * them; a transaction holds at most so many. */
#define UNWRITTEN_MAX (UINT64_C(1) << 17)

/* What a tree's records are. */
enum kind { FREE, MAIN, RECORDS };

struct check {
	const uint8_t *file;
	size_t size;      /* of a page */
	uint64_t written; /* pages in the file */
	uint64_t count;   /* pages that may be named */
	uint8_t *seen;    /* a bit for each of these */
	uint16_t tile[PAGE_TILES];
	struct error *err;
};

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
check_overflow(struct check *c, uint64_t from, struct page_node *n)
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
check_value(struct check *c, enum kind kind, uint64_t page, struct page_node *n)
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

/* A page `depth` levels above the values (1: a leaf), named by page `from`, and all below it.
 */
static int
check_page(struct check *c, enum kind kind, uint64_t from, uint64_t page, unsigned depth)
{
	struct page p = {NULL, c->size, page, depth == 1, kind == FREE, 0};
	const char *why;
	int rc = 0;

	if (mark(c, from, page, 1, true) != 0)
		return -1;
	p.at = c->file + page * c->size;
	if ((why = page_check(&p, c->tile)) != NULL)
		return bad(c, page, why);
	for (unsigned i = 0; i < p.nodes && rc == 0; i++) {
		struct page_node n = page_node(&p, i);

		rc = p.leaf ? check_value(c, kind, page, &n)
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
	if (get32(at + META_VERSION) != FORMAT)
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

	if (len < PAGE_SMALLEST)
		return error_set(err, ERR_CORRUPT, "the store's file is too short");
	c.size = get32(c.file + META_FREE + DB_PAGE_SIZE);
	if (c.size < PAGE_SMALLEST || c.size > PAGE_LARGEST || (c.size & (c.size - 1)) != 0)
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
