/*
 * One page of a tree in an LMDB 0.9 data file: where its fields are, and whether its nodes may
 * be followed.  64 bits, little-endian.
 */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(sizeof(size_t) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "the layout below is that of 64 bits, little-endian");

/* Offsets in struct MDB_page, MDB_node. */
#define PAGE_NUMBER 0
#define PAGE_FLAGS 10
#define PAGE_LOWER 12
#define PAGE_UPPER 14
#define PAGE_COUNT 12 /* of a value's pages */
#define PAGE_HEAD 16
#define NODE_SIZE 0
#define NODE_FLAGS 4
#define NODE_KEY 6
#define NODE_HEAD 8

enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
enum { NODE_BIG = 1, NODE_TREE = 2 };
enum { PAGE_SMALLEST = 512, PAGE_LARGEST = 32768, PAGE_TILES = PAGE_LARGEST / 2 };

static inline uint16_t
get16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static inline uint32_t
get32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static inline uint64_t
get64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

struct page {
	const uint8_t *at;
	size_t size;
	uint64_t number; /* that it should bear */
	bool leaf;       /* that it should be; else a branch */
	bool integers;   /* its keys are u64, else bytes */
	unsigned nodes;  /* found by page_check */
};

struct page_node {
	const uint8_t *key, *data;
	uint16_t flags, key_len;
	uint32_t
	    data_len;   /* with NODE_BIG the data here is a page number, and this its value's */
	uint64_t child; /* in a branch */
};

/*
 * Check number, kind, bounds and nodes: each within the page and no longer than LMDB makes
 * them, side by side without overlap or gap, keys ascending.  tile: PAGE_TILES zeros, zeros
 * again when the page passes.  NULL, or the reason why not.
 */
const char *page_check(struct page *p, uint16_t *tile);

/* Node i of a page that passed. */
struct page_node page_node(const struct page *p, unsigned i);

#endif
