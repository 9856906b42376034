/*
 * Growing buffers and the readers of what they hold.  Used by every process.
 * Security: what a buf leaves behind is wiped, so a buf may carry what a frame marks secret.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

#define LEAST 64

void
buf_free(struct buf *b)
{
	wipe(b->data, b->len);
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void
buf_clear(struct buf *b)
{
	wipe(b->data, b->len);
	b->len = 0;
}

/* Not realloc: it may move the bytes and leave a copy. */
static void
grow(struct buf *b, size_t cap)
{
	uint8_t *data = malloc(cap);

	if (data == NULL)
		fatal("out of memory");
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	wipe(b->data, b->len);
	free(b->data);
	b->data = data;
	b->cap = cap;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap < LEAST ? LEAST : b->cap;

	if (n > SIZE_MAX / 4 - b->len)
		fatal("out of memory");
	while (cap - b->len < n)
		cap *= 2;
	if (cap > b->cap)
		grow(b, cap);
	return b->data + b->len;
}

void
buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	memcpy(buf_reserve(b, len), bytes, len);
	b->len += len;
}

void
buf_put_str(struct buf *b, struct str s)
{
	buf_put(b, s.at, s.len);
}

void
buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

static void
put_number(struct buf *b, uint64_t v, unsigned size)
{
	uint8_t *at = buf_reserve(b, size);

	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(v >> 8 * (size - 1 - i));
	b->len += size;
}

void
buf_put_u8(struct buf *b, uint8_t v)
{
	*buf_reserve(b, 1) = v;
	b->len++;
}

void
buf_put_u16(struct buf *b, uint16_t v)
{
	put_number(b, v, 2);
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	put_number(b, v, 4);
}

void
buf_put_u64(struct buf *b, uint64_t v)
{
	put_number(b, v, 8);
}

void
buf_put_block(struct buf *b, const void *bytes, size_t len)
{
	if (len > UINT32_MAX)
		fatal("a block of %zu bytes is longer than its length can say", len);
	buf_put_u32(b, (uint32_t)len);
	buf_put(b, bytes, len);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		fatal("a format cannot be written");
	buf_reserve(b, (size_t)len + 1);
	va_start(args, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	if (n > b->len)
		fatal("dropping %zu bytes of a buf that holds %zu", n, b->len);
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
	wipe(b->data + b->len, n);
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){(const char *)b->data, b->len};
}

struct reader
reader_of(const void *bytes, size_t len)
{
	return (struct reader){bytes, len, false};
}

const uint8_t *
reader_bytes(struct reader *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	/* An empty reader may stand on NULL, to which not even 0 may be added. */
	if (len > 0)
		r->at += len;
	r->left -= len;
	return at;
}

static uint64_t
get_number(struct reader *r, unsigned size)
{
	const uint8_t *at = reader_bytes(r, size);
	uint64_t v = 0;

	for (unsigned i = 0; at != NULL && i < size; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t
reader_u8(struct reader *r)
{
	return (uint8_t)get_number(r, 1);
}

uint16_t
reader_u16(struct reader *r)
{
	return (uint16_t)get_number(r, 2);
}

uint32_t
reader_u32(struct reader *r)
{
	return (uint32_t)get_number(r, 4);
}

uint64_t
reader_u64(struct reader *r)
{
	return get_number(r, 8);
}

struct str
reader_block(struct reader *r)
{
	size_t len = reader_u32(r);
	const uint8_t *at = reader_bytes(r, len);

	return (struct str){(const char *)at, at == NULL ? 0 : len};
}

bool
reader_done(const struct reader *r)
{
	return !r->bad && r->left == 0;
}
