/*
 * A growing byte buffer that wipes what it leaves behind: on growth, on clear and on free.
 * It never fails: want of memory ends the process (fatal).  Integers are big-endian.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
	uint8_t *data;
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
};

#define BUF_INIT { NULL, 0, 0 }

/* Wipe and release; the buf is empty and usable afterwards.  buf_free of an empty buf is fine. */
void buf_free(struct buf *b);

/* Wipe what is in use and set len to 0; keeps the allocation. */
void buf_clear(struct buf *b);

/* Make room for n more bytes and return where they go; len is not changed. */
uint8_t *buf_reserve(struct buf *b, size_t n);

/* Append. */
void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_put_str(struct buf *b, struct str s);
void buf_put_text(struct buf *b, const char *text);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
/* u32 length, then the bytes. */
void buf_put_block(struct buf *b, const void *bytes, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* Drop n bytes at the front (n <= len), wiping the room they leave at the end. */
void buf_drop(struct buf *b, size_t n);

/* The content as a str; valid until the buf next changes. */
struct str buf_str(const struct buf *b);

/*
 * Reading what such a buf holds.  A reader that runs past the end sets `bad`, returns zeros
 * and empty strs from then on; the caller checks once, at the end.
 */
struct reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

struct reader reader_of(const void *bytes, size_t len);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
/* len bytes in place, borrowed from what the reader reads; NULL (and bad) if there are fewer. */
const uint8_t *reader_bytes(struct reader *r, size_t len);
/* A block as buf_put_block wrote it. */
struct str reader_block(struct reader *r);
/* True when everything was read, nothing is left and nothing was missing. */
bool reader_done(const struct reader *r);

#endif
