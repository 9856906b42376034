/*
 * The strict reader of HTTP/1.1 requests (RFC 9110, RFC 9112): bytes in, a verdict out, the
 * values that count and the body without its framing.  Pure: no I/O.  What two readers could
 * take differently is refused: bare CR or LF, folded lines, space before the colon, two
 * lengths, a length beside a transfer coding, chunk extensions, trailers. Security: the only
 * reader of what clients send.  Nobody behind it parses a request again, so there is no second
 * opinion to smuggle past.
 */
#ifndef GATE_HEAD_H
#define GATE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "vaultd/ipc/message.h"

/* Where in a request the reader is; the order matters. */
enum head_state {
	HEAD_LINE,       /* in the request line, or before its first byte */
	HEAD_FIELDS,     /* in the header fields */
	HEAD_BODY,       /* in a body of known length */
	HEAD_CHUNK_SIZE, /* in the digits of a chunk's line */
	HEAD_CHUNK_LF,   /* before the LF that ends it */
	HEAD_CHUNK_DATA, /* in a chunk */
	HEAD_CHUNK_END,  /* before the CRLF behind a chunk, or behind the last one */
	HEAD_CHUNK_END_LF,
	HEAD_DONE,    /* the request is complete */
	HEAD_REFUSED, /* answer with status and why, then close */
	HEAD_STATES
};

/* The fields that somebody reads; others are checked for their form and dropped. */
enum head_field {
	FIELD_HOST,
	FIELD_LENGTH,
	FIELD_TRANSFER,
	FIELD_CONNECTION,
	FIELD_EXPECT,
	FIELD_TYPE,
	FIELD_TOKEN,
	FIELD_AUTHORIZATION,
	FIELD_SPACE,
	FIELD_WRAP_TTL,
	FIELD_ACCEPT,
	FIELD_COUNT
};

/* A run of bytes of head.text, by offset: the buf moves while it grows. */
struct head_span {
	uint32_t start, len;
	bool present;
};

struct head {
	const struct limits *limits; /* head_bytes, head_fields, body_bytes; borrowed */
	enum head_state state;
	unsigned status; /* when refused: the HTTP status */
	const char *why; /* and the text, a literal */
	enum method method;
	bool close;   /* Connection: close was among the fields */
	bool expects; /* a body follows for which 100 Continue was asked */
	bool chunked;
	struct buf text; /* the head as it came */
	struct head_span target, fields[FIELD_COUNT];
	uint32_t line, count; /* where the present line began; fields so far */
	uint32_t digits;      /* of the present chunk line */
	bool last;            /* the empty chunk has come */
	uint64_t left;        /* bytes of the body or the chunk still to come */
	uint64_t total;       /* bytes of all chunks so far */
};

/* Begin with a request.  limits must outlive it.  And: forget, wiping; fine when never begun.
 */
void head_init(struct head *h, const struct limits *limits);
void head_free(struct head *h);
/* Forget the request, wiping it, and be ready for the next one. */
void head_reset(struct head *h);

/*
 * Read up to len bytes, no further than the end of the request; returns how many were taken.
 * What they hold of the body is appended to body.  The verdict is in h->state; how the bytes
 * were cut into calls makes no difference to it.
 */
size_t head_feed(struct head *h, const void *bytes, size_t len, struct buf *body);

/* For line.c: refuse the request; why is a literal. */
void head_refuse(struct head *h, unsigned status, const char *why);

/* A byte of a request has been seen. */
bool head_begun(const struct head *h);
/* The head is complete and good; the values below may be read. */
bool head_complete(const struct head *h);

/* The target, raw; and a field's value (at is NULL when it was absent).  Valid until reset. */
struct str head_target(const struct head *h);
struct str head_value(const struct head *h, enum head_field field);
/* X-Vault-Token, else what Authorization: Bearer gives; at is NULL when there is neither. */
struct str head_token(const struct head *h);

#endif
