/*
 * Streams under a data key, in the client.
 * Security: the state of a secretstream is a key; it never leaves locked memory.
 */
#include "keys/stream.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/reveal.h"

#define STATE crypto_secretstream_xchacha20poly1305_state
#define TAG_MORE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_LAST crypto_secretstream_xchacha20poly1305_TAG_FINAL

_Static_assert(STREAM_KEY == crypto_secretstream_xchacha20poly1305_KEYBYTES &&
		   STREAM_NONCE == crypto_secretstream_xchacha20poly1305_HEADERBYTES &&
		   STREAM_OVERHEAD == crypto_secretstream_xchacha20poly1305_ABYTES,
    "the format is libsodium's");

static const char magic[] = "vltstrm1";

struct stream {
	struct secret *state;
	struct buf head; /* associated data of the first chunk; empty behind it */
	uint32_t chunk;
	uint64_t count; /* chunks so far */
};

bool
stream_begins(struct str bytes)
{
	return bytes.len >= STREAM_MAGIC && memcmp(bytes.at, magic, STREAM_MAGIC) == 0;
}

static struct str
read_text(struct reader *r)
{
	uint16_t len = reader_u16(r);

	return (struct str){(const char *)reader_bytes(r, len), len};
}

int
stream_parse(struct stream_head *h, struct str bytes, struct error *err)
{
	struct reader r = reader_of(bytes.at, bytes.len);
	const uint8_t *nonce;

	if (bytes.len < STREAM_MAGIC)
		return 0;
	if (!stream_begins(bytes) && memcmp(bytes.at, magic, STREAM_MAGIC - 1) == 0)
		return error_set(err, ERR_UNSUPPORTED,
		    "a stream of a later version than this program reads");
	if (!stream_begins(bytes))
		return error_set(
		    err, ERR_INVALID, "this is no stream of vaultctl transit encrypt -stream");
	reader_bytes(&r, STREAM_MAGIC);
	h->chunk = reader_u32(&r);
	h->key = read_text(&r);
	h->wrapped = read_text(&r);
	nonce = reader_bytes(&r, STREAM_NONCE);
	if (r.bad && bytes.len < STREAM_HEAD_MOST)
		return 0;
	if (r.bad || h->chunk == 0 || h->chunk > STREAM_CHUNK_MOST || h->key.len == 0 ||
	    h->wrapped.len == 0)
		return error_set(err, ERR_INVALID, "the head of the stream is damaged");
	memcpy(h->nonce, nonce, STREAM_NONCE);
	return (int)(bytes.len - r.left);
}

static const uint8_t *
reveal_key(const struct secret *key)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(key, &len);

	if (len != STREAM_KEY)
		fatal("a data key of %zu bytes where one of %d is needed", len, STREAM_KEY);
	return bytes;
}

static struct stream *
stream_new(uint32_t chunk)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		fatal("out of memory");
	s->state = secret_new(sizeof(STATE));
	s->chunk = chunk;
	return s;
}

void
stream_free(struct stream **s)
{
	if (*s == NULL)
		return;
	secret_free(&(*s)->state);
	buf_free(&(*s)->head);
	free(*s);
	*s = NULL;
}

static void
put_text(struct buf *out, struct str text)
{
	buf_put_u16(out, (uint16_t)text.len);
	buf_put_str(out, text);
}

struct stream *
stream_write(
    const struct secret *key, struct stream_head *h, struct buf *out, struct error *err)
{
	struct stream *s;

	if (STREAM_MAGIC + 4 + 2 + h->key.len + 2 + h->wrapped.len + STREAM_NONCE >
	    STREAM_HEAD_MOST) {
		error_set(err, ERR_INVALID, "the names of mount and key are too long");
		return NULL;
	}
	s = stream_new(h->chunk);
	if (crypto_secretstream_xchacha20poly1305_init_push(
		(STATE *)secret_fill(s->state), h->nonce, reveal_key(key)) != 0)
		fatal("a stream cannot be begun");
	buf_put(&s->head, magic, STREAM_MAGIC);
	buf_put_u32(&s->head, h->chunk);
	put_text(&s->head, h->key);
	put_text(&s->head, h->wrapped);
	buf_put(&s->head, h->nonce, STREAM_NONCE);
	buf_put_str(out, buf_str(&s->head));
	return s;
}

void
stream_put(struct stream *s, struct str text, bool last, struct buf *out)
{
	uint8_t *chunk = buf_reserve(out, text.len + STREAM_OVERHEAD);

	if (last ? text.len > s->chunk : text.len != s->chunk)
		fatal("%zu bytes are no chunk of a stream", text.len);
	if (crypto_secretstream_xchacha20poly1305_push((STATE *)secret_fill(s->state), chunk,
		NULL, (const uint8_t *)text.at, text.len, s->head.data, s->head.len,
		last ? TAG_LAST : TAG_MORE) != 0)
		fatal("a stream cannot go on");
	out->len += text.len + STREAM_OVERHEAD;
	buf_free(&s->head);
}

struct stream *
stream_read(const struct secret *key, const struct stream_head *h, struct str head)
{
	struct stream *s = stream_new(h->chunk);

	if (crypto_secretstream_xchacha20poly1305_init_pull(
		(STATE *)secret_fill(s->state), h->nonce, reveal_key(key)) != 0)
		fatal("a stream cannot be begun");
	buf_put_str(&s->head, head);
	return s;
}

int
stream_get(struct stream *s, struct str chunk, bool *last, struct buf *out, struct error *err)
{
	size_t len = chunk.len - STREAM_OVERHEAD;
	unsigned char tag = TAG_MORE;

	s->count++;
	if (chunk.len < STREAM_OVERHEAD || len > s->chunk ||
	    crypto_secretstream_xchacha20poly1305_pull((STATE *)secret_fill(s->state),
		buf_reserve(out, len), NULL, &tag, (const uint8_t *)chunk.at, chunk.len,
		s->head.data, s->head.len) != 0 ||
	    (tag != TAG_LAST && (tag != TAG_MORE || len != s->chunk)))
		return error_set(err, ERR_CORRUPT,
		    "chunk %llu was changed, or is not the one that was written there",
		    (unsigned long long)s->count);
	*last = tag == TAG_LAST;
	out->len += len;
	buf_free(&s->head);
	return 0;
}
