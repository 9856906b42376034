/*
 * The trail of an audit: how each line carries the chain, and how a checkpoint vouches for it.
 * The keeper writes it, vaultctl verifies it; both through this file alone.
 *
 * A line is one JSON object and ends in  ,"seq":N,"chain":"<hex>"}  where N is one more than
 * the line before has and chain = SHA-256(chain of the line before || the line as far as N).
 */
#ifndef KEYS_TRAIL_H
#define KEYS_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "keys/digest.h"

#define TRAIL_COMMIT "commit" /* member of a checkpoint */
#define TRAIL_ID 16   /* bytes of a vault's and of a file's id */
#define TRAIL_END 128 /* more bytes than the end of any line has */

/* A place in the trail: the last line's number, and the chain up to it.  All zero: no line. */
struct trail {
	uint64_t seq;
	uint8_t chain[DIGEST_SHA256];
};

bool trail_equal(const struct trail *a, const struct trail *b);

/*
 * The line that begins at `from` in b is complete but for its end, brace included: append the
 * end and the newline, and move *at on to it.
 */
void trail_end(struct buf *b, size_t from, struct trail *at);

/*
 * What a line (or its last TRAIL_END bytes, without newline) says of its place; *covered (may
 * be NULL) what the chain is over.  False when it does not end as a line does.
 */
bool trail_read(struct str line, struct trail *at, struct str *covered);

/* The chain of a line that covers this and follows *before. */
void trail_follow(const struct trail *before, struct str covered, uint8_t chain[DIGEST_SHA256]);

/* Hexadecimal in JSON: a string of 2 * len digits; and back (exactly len bytes). */
void trail_put_hex(struct json_writer *w, const char *name, const void *bytes, size_t len);
bool trail_get_hex(const struct json *object, const char *name, void *bytes, size_t len);
/* Members "seq" and "chain" of an object, and back. */
void trail_put(struct json_writer *w, const struct trail *at);
bool trail_get(const struct json *object, struct trail *at);

/*
 * A checkpoint: the vault's signer says that in this file the trail stands so, one line before
 * the checkpoint's own.  Signed is ("vaultd audit checkpoint 1", vault, file, seq, chain), each
 * with its length in front.
 */
struct trail_checkpoint {
	uint8_t vault[TRAIL_ID], file[TRAIL_ID];
	struct trail at;
	uint8_t key[DIGEST_PUBLIC];
	uint8_t signature[DIGEST_SIGNATURE];
	uint64_t commit; /* that was the store's last, for the keeper: chained, not signed */
};
void trail_sign(struct trail_checkpoint *c, const struct secret *signer);
/* 0, or -1: key did not sign this. */
int trail_verify(const struct trail_checkpoint *c);
/* As the value of a member "checkpoint", and back but for commit (false: it is none). */
void trail_put_checkpoint(struct json_writer *w, const struct trail_checkpoint *c);
bool trail_get_checkpoint(const struct json *value, struct trail_checkpoint *c);

#endif
