/*
 * The pages of an LMDB 0.9 data file, checked before LMDB follows them: LMDB trusts every offset
 * and page number it reads.  Format: struct MDB_page, MDB_node, MDB_db, MDB_meta of liblmdb 0.9
 * (mdb.c), 64 bits, little-endian.
 */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include <stddef.h>

#include "base/error.h"

/*
 * Check every page that the newest meta page leads to: bounds, flags, offsets, nodes that fill
 * their page without overlapping, keys in order, trees as deep as they say, each page used or
 * free once and within the file; and what the store expects beyond LMDB: the main tree holds
 * plain named databases only, their values begin with a version (8 bytes).
 * 0, or -1 with ERR_CORRUPT, the page's number and the reason.  Contents are not looked at.
 */
int pages_check(const void *file, size_t len, struct error *err);

/* The same for the file open at fd.  An empty one is a new store and passes.  -1 also with
 * ERR_IO. */
int pages_check_file(int fd, struct error *err);

#endif
