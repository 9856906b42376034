/*
 * A record: one stored item, always wrapped.
 *
 *   magic "VR" | format u8 | algorithm u8 | term u32 | generation u64 | version u64 |
 *   nonce 24 | ciphertext | tag 16
 *
 * Associated data, each part length-prefixed: format, algorithm, term, vault id, Hublet, kind,
 * mount uuid, record id, version, generation.  So a record copied to another place, version,
 * generation, vault or Hublet does not open.
 */
#ifndef KEYS_RECORD_H
#define KEYS_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/header.h"
#include "keys/keyring.h"

#define RECORD_ID 32 /* bytes: directory hash 16, name hash 16 */
#define RECORD_SUM 32
#define RECORD_HEAD 24
#define RECORD_OVERHEAD (RECORD_HEAD + 24 + 16)

/* Where a record belongs. */
struct record_place {
	uint8_t kind;       /* enum of the keeper's records */
	uint8_t mount[16];  /* uuid of the mount */
	uint8_t id[RECORD_ID];
	uint64_t version;
	uint64_t generation; /* sequence of the commit that wrote it */
};

/*
 * Store keys hide names: id = BLAKE2b-128(index key; "dir", kind, mount, directory) followed by
 * BLAKE2b-128(index key; "name", kind, mount, directory, name).  All records of a directory
 * share the first half, so a directory is one range of keys.  directory is "" or ends in "/".
 */
void record_id(const struct keyring *k, uint8_t kind, const uint8_t mount[16],
    struct str directory, struct str name, uint8_t id[RECORD_ID]);

/* Append the record of text under the newest term. */
void record_wrap(const struct keyring *k, const struct header *h, const struct record_place *place,
    struct str text, struct buf *out);

/*
 * Append the text of a record to out.  place says where it was found; its version and
 * generation are filled in from the record's head (and proven by the tag).  -1 with ERR_CORRUPT
 * when the bytes were not written there, ERR_NOT_FOUND when its term has been retired.
 */
int record_unwrap(const struct keyring *k, const struct header *h, struct record_place *place,
    struct str record, struct buf *out, struct error *err);

/* The term, the version and the generation that the head claims, unproven. */
int record_peek(struct str record, uint32_t *term, uint64_t *version, uint64_t *generation);

/*
 * The sum over all records that shows a rollback of one: add (or take away) the keyed hash
 * BLAKE2b-256(sum key; id, generation, tag) of a record, mod 2^256, little-endian.
 */
void record_sum_add(const struct keyring *k, const uint8_t id[RECORD_ID], struct str record,
    uint8_t sum[RECORD_SUM]);
void record_sum_take(const struct keyring *k, const uint8_t id[RECORD_ID], struct str record,
    uint8_t sum[RECORD_SUM]);

#endif
