/*
 * gate: the strict reader of requests, its states and bodies (line.c has the lines of heads).
 * Trusted with every decision on where a request begins and ends, so that nobody behind it has
 * to make one.  Nothing here does I/O.
 */
#include "vaultd/gate/head.h"

#include <string.h>
#include <strings.h>

#include "vaultd/gate/line.h"

#define CHUNK_DIGITS 8

void
head_refuse(struct head *h, unsigned status, const char *why)
{
	h->state = HEAD_REFUSED;
	h->status = status;
	h->why = why;
}

void
head_init(struct head *h, const struct limits *limits)
{
	*h = (struct head){.limits = limits, .state = HEAD_LINE};
}

void
head_free(struct head *h)
{
	buf_free(&h->text);
}

void
head_reset(struct head *h)
{
	struct buf text = h->text;

	buf_clear(&text);
	head_init(h, h->limits);
	h->text = text;
}

bool
head_begun(const struct head *h)
{
	return h->state != HEAD_LINE || h->text.len > 0;
}

bool
head_complete(const struct head *h)
{
	return h->state >= HEAD_BODY && h->state != HEAD_REFUSED;
}

static struct str
span(const struct head *h, struct head_span s)
{
	if (!s.present)
		return (struct str){NULL, 0};
	return (struct str){(const char *)h->text.data + s.start, s.len};
}

struct str
head_target(const struct head *h)
{
	return span(h, h->target);
}

struct str
head_value(const struct head *h, enum head_field field)
{
	return span(h, h->fields[field]);
}

struct str
head_token(const struct head *h)
{
	static const char scheme[] = "bearer ";
	struct str token = head_value(h, FIELD_TOKEN);
	struct str bearer = head_value(h, FIELD_AUTHORIZATION);

	if (token.at != NULL)
		return token;
	if (bearer.at == NULL || bearer.len < sizeof(scheme) - 1 ||
	    strncasecmp(bearer.at, scheme, sizeof(scheme) - 1) != 0)
		return (struct str){NULL, 0};
	return str_from(bearer, sizeof(scheme) - 1);
}

static size_t
feed_line(struct head *h, const uint8_t *bytes, size_t len, struct buf *body)
{
	const uint8_t *end = memchr(bytes, '\n', len);
	size_t take = end != NULL ? (size_t)(end - bytes) + 1 : len;
	size_t line = h->line;

	(void)body;
	if (h->text.len + take > h->limits->head_bytes) {
		head_refuse(h, h->state == HEAD_LINE ? 414 : 431, "request header too large");
		return 0;
	}
	buf_put(&h->text, bytes, take);
	if (end == NULL)
		return take;
	h->line = (uint32_t)h->text.len;
	line_take(h, (struct str){(const char *)h->text.data + line, h->line - line - 1});
	return take;
}

static size_t
feed_body(struct head *h, const uint8_t *bytes, size_t len, struct buf *body)
{
	size_t take = len < h->left ? len : (size_t)h->left;

	buf_put(body, bytes, take);
	h->left -= take;
	if (h->left == 0)
		h->state = h->state == HEAD_BODY ? HEAD_DONE : HEAD_CHUNK_END;
	return take;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t
feed_chunk_size(struct head *h, const uint8_t *bytes, size_t len, struct buf *body)
{
	int digit = hex_value(*bytes);

	(void)len;
	(void)body;
	if (digit >= 0 && h->digits < CHUNK_DIGITS) {
		h->left = h->left * 16 + (unsigned)digit;
		h->digits++;
	} else if (*bytes == '\r' && h->digits > 0) {
		h->state = HEAD_CHUNK_LF;
	} else {
		head_refuse(h, 400, "malformed chunk");
	}
	return 1;
}

static size_t
feed_chunk_lf(struct head *h, const uint8_t *bytes, size_t len, struct buf *body)
{
	(void)len;
	(void)body;
	h->total += h->left;
	if (*bytes != '\n') {
		head_refuse(h, 400, "malformed chunk");
	} else if (h->total > h->limits->body_bytes) {
		head_refuse(h, 413, "http: request body too large");
	} else if (h->left == 0) {
		h->last = true;
		h->state = HEAD_CHUNK_END;
	} else {
		h->state = HEAD_CHUNK_DATA;
	}
	return 1;
}

static size_t
feed_chunk_end(struct head *h, const uint8_t *bytes, size_t len, struct buf *body)
{
	(void)len;
	(void)body;
	if (*bytes == '\r')
		h->state = HEAD_CHUNK_END_LF;
	else
		head_refuse(h, 400, "malformed chunk");
	return 1;
}

static size_t
feed_chunk_end_lf(struct head *h, const uint8_t *bytes, size_t len, struct buf *body)
{
	(void)len;
	(void)body;
	if (*bytes != '\n') {
		head_refuse(h, 400, "malformed chunk");
	} else if (h->last) {
		h->state = HEAD_DONE;
	} else {
		h->state = HEAD_CHUNK_SIZE;
		h->digits = 0;
	}
	return 1;
}

size_t
head_feed(struct head *h, const void *bytes, size_t len, struct buf *body)
{
	typedef size_t feeder(struct head *, const uint8_t *, size_t, struct buf *);
	static feeder *const feeders[HEAD_STATES] = {
	    [HEAD_LINE] = feed_line,
	    [HEAD_FIELDS] = feed_line,
	    [HEAD_BODY] = feed_body,
	    [HEAD_CHUNK_SIZE] = feed_chunk_size,
	    [HEAD_CHUNK_LF] = feed_chunk_lf,
	    [HEAD_CHUNK_DATA] = feed_body,
	    [HEAD_CHUNK_END] = feed_chunk_end,
	    [HEAD_CHUNK_END_LF] = feed_chunk_end_lf,
	};
	const uint8_t *at = bytes;
	size_t done = 0;

	while (done < len && feeders[h->state] != NULL)
		done += feeders[h->state](h, at + done, len - done, body);
	return done;
}
