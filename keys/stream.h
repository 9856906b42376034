/*
 * Files and streams of any size under a data key, which a named key of the vault has wrapped:
 * libsodium's secretstream (XChaCha20-Poly1305, one chain over all chunks).  Whoever has the
 * data key can read a stream with libsodium alone.  Integers are big-endian.
 *
 *     8 bytes   "vltstrm1": what this is, in version 1
 *     4         bytes of plaintext in a chunk, 1 to 1 MiB
 *     2 + n     the named key: mount and name, "transit/billing"
 *     2 + n     the data key as the vault wrapped it, "vault:v1:..."
 *     24        header of the secretstream
 *     then chunks, each of 17 bytes more than its plaintext.  All but the last hold a whole
 *     chunk and carry the tag MESSAGE (0); the last holds what is left, perhaps nothing, and
 *     carries the tag FINAL (3).  Nothing follows it.
 *
 * The associated data of the first chunk are all bytes before it; the others have none.
 * Security: chunks removed, repeated, reordered, changed or taken from another stream do not
 * open, and a stream without its last chunk is known to be cut.  A reader that passes plaintext
 * on before the last chunk has opened must say so.
 */
#ifndef KEYS_STREAM_H
#define KEYS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

#define STREAM_KEY 32 /* bytes of a data key */
#define STREAM_OVERHEAD 17
#define STREAM_CHUNK 65536 /* bytes of plaintext in each chunk that vaultctl writes */
#define STREAM_CHUNK_MOST (1024 * 1024)
#define STREAM_MAGIC 8
#define STREAM_NONCE 24
#define STREAM_HEAD_MOST 2048 /* bytes of the longest head */

struct stream_head {
	uint32_t chunk;
	struct str key, wrapped; /* both not empty, together within STREAM_HEAD_MOST */
	uint8_t nonce[STREAM_NONCE];
};

/* Whether bytes begin as a stream does (as far as they go, at least STREAM_MAGIC of them). */
bool stream_begins(struct str bytes);

/*
 * Read the head that bytes begin with; key and wrapped borrow from them.  How many bytes it
 * takes; 0 when more are needed; -1 with ERR_INVALID when they are no stream, ERR_UNSUPPORTED
 * when it is of a later version.
 */
int stream_parse(struct stream_head *h, struct str bytes, struct error *err);

/* One direction of one stream: the state lies where secrets lie. */
struct stream;
void stream_free(struct stream **s);

/*
 * Begin to write: draws the head's nonce and appends the head to out.  -1 with ERR_INVALID
 * when key and wrapped are too long for one.
 */
struct stream *stream_write(
    const struct secret *key, struct stream_head *h, struct buf *out, struct error *err);
/* Append the next chunk; text is of h->chunk bytes, or at most as many when it is the last. */
void stream_put(struct stream *s, struct str text, bool last, struct buf *out);

/* Begin to read what `head`, all its bytes, begins. */
struct stream *stream_read(
    const struct secret *key, const struct stream_head *h, struct str head);
/*
 * Append the plaintext of the next chunk; *last: nothing may follow it.  -1 with ERR_CORRUPT
 * and nothing appended when it is not what was written there.
 */
int stream_get(
    struct stream *s, struct str chunk, bool *last, struct buf *out, struct error *err);

#endif
