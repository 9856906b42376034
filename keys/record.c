/*
 * Records.  The keeper runs this for every item it reads or writes, with the keyring in hand;
 * the bytes of a record come from the store, which is not trusted.
 * Security: what a record says of itself counts for nothing until the tag has proven it, for
 * the very place where it was found.
 */
#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "base/reveal.h"
#include "keys/ad.h"
#include "keys/aead.h"
#include "keys/record.h"

#define MAGIC "VR"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define FORMAT 1
#define XCHACHA20_POLY1305 1 /* the algorithm, as the head names it */
#define HALF_ID (RECORD_ID / 2)

static void
hash_part(crypto_generichash_state *state, const void *bytes, size_t len)
{
	uint32_t prefix = htobe32((uint32_t)len);

	crypto_generichash_update(state, (const uint8_t *)&prefix, sizeof prefix);
	crypto_generichash_update(state, bytes, len);
}

/* A keyed hash under way, over the parts (behind their lengths) that both halves begin with. */
static void
start_half(const struct keyring *k, const char *label, uint8_t kind, const uint8_t mount[16],
    struct str directory, crypto_generichash_state *state)
{
	const uint8_t *key = secret_reveal(keyring_key(k, KEYRING_INDEX), NULL);

	crypto_generichash_init(state, key, AEAD_KEY, HALF_ID);
	hash_part(state, label, strlen(label));
	hash_part(state, &kind, sizeof kind);
	hash_part(state, mount, 16);
	hash_part(state, directory.at, directory.len);
}

void
record_id(const struct keyring *k, uint8_t kind, const uint8_t mount[16], struct str directory,
    struct str name, uint8_t id[RECORD_ID])
{
	crypto_generichash_state state;

	start_half(k, "dir", kind, mount, directory, &state);
	crypto_generichash_final(&state, id, HALF_ID);
	start_half(k, "name", kind, mount, directory, &state);
	hash_part(&state, name.at, name.len);
	crypto_generichash_final(&state, id + HALF_ID, HALF_ID);
}

static void
bind(const struct header *h, const struct record_place *place, uint32_t term, struct ad *ad)
{
	ad->len = 0;
	ad_put_u8(ad, FORMAT);
	ad_put_u8(ad, XCHACHA20_POLY1305);
	ad_put_u32(ad, term);
	ad_put(ad, h->vault_id, VAULT_ID);
	ad_put(ad, h->hublet, strlen(h->hublet));
	ad_put_u8(ad, place->kind);
	ad_put(ad, place->mount, sizeof place->mount);
	ad_put(ad, place->id, RECORD_ID);
	ad_put_u64(ad, place->version);
	ad_put_u64(ad, place->generation);
}

void
record_wrap(const struct keyring *k, const struct header *h, const struct record_place *place,
    struct str text, struct buf *out)
{
	uint32_t term = keyring_newest(k);
	struct ad ad;

	bind(h, place, term, &ad);
	buf_reserve(out, RECORD_OVERHEAD + text.len);
	buf_put(out, MAGIC, MAGIC_LEN);
	buf_put_u8(out, FORMAT);
	buf_put_u8(out, XCHACHA20_POLY1305);
	buf_put_u32(out, term);
	buf_put_u64(out, place->generation);
	buf_put_u64(out, place->version);
	aead_wrap(keyring_term(k, term), ad.bytes, ad.len, text.at, text.len, out);
}

int
record_peek(struct str record, uint32_t *term, uint64_t *version, uint64_t *generation)
{
	struct reader r = reader_of(record.at, record.len);
	const uint8_t *magic = reader_bytes(&r, MAGIC_LEN);
	uint8_t format = reader_u8(&r);
	uint8_t algorithm = reader_u8(&r);

	*term = reader_u32(&r);
	*generation = reader_u64(&r);
	*version = reader_u64(&r);
	if (record.len < RECORD_OVERHEAD || memcmp(magic, MAGIC, MAGIC_LEN) != 0 ||
	    format != FORMAT || algorithm != XCHACHA20_POLY1305)
		return -1;
	return 0;
}

int
record_unwrap(const struct keyring *k, const struct header *h, struct record_place *place,
    struct str record, struct buf *out, struct error *err)
{
	struct record_place found = *place;
	const struct secret *key = NULL;
	uint32_t term = 0;
	struct ad ad;

	if (record_peek(record, &term, &found.version, &found.generation) != 0)
		return error_set(err, ERR_CORRUPT, "these bytes are not a record");
	if (term < 1 || term > keyring_newest(k))
		return error_set(
		    err, ERR_CORRUPT, "the record is of term %u, which never was", term);
	key = keyring_term(k, term);
	if (key == NULL)
		return error_set(
		    err, ERR_NOT_FOUND, "the record's term %u has been retired", term);
	bind(h, &found, term, &ad);
	record = str_from(record, RECORD_HEAD);
	if (aead_unwrap(key, ad.bytes, ad.len, record.at, record.len, out, NULL) != 0)
		return error_set(err, ERR_CORRUPT, "the record was not written here");
	*place = found;
	return 0;
}

/*
 * The number that stands for a record in the sum.  Bytes that are no record count whole: the
 * sum then differs from the root's, as it must.
 */
static void
weigh(const struct keyring *k, const uint8_t id[RECORD_ID], struct str record,
    uint8_t number[RECORD_SUM])
{
	const uint8_t *key = secret_reveal(keyring_key(k, KEYRING_SUM), NULL);
	struct str tag = record;
	crypto_generichash_state state;
	uint64_t generation = 0, version = 0;
	uint32_t term = 0;

	if (record_peek(record, &term, &version, &generation) == 0)
		tag = str_from(record, record.len - AEAD_TAG);
	generation = htobe64(generation);
	crypto_generichash_init(&state, key, AEAD_KEY, RECORD_SUM);
	hash_part(&state, id, RECORD_ID);
	hash_part(&state, &generation, sizeof generation);
	hash_part(&state, tag.at, tag.len);
	crypto_generichash_final(&state, number, RECORD_SUM);
}

void
record_sum_add(const struct keyring *k, const uint8_t id[RECORD_ID], struct str record,
    uint8_t sum[RECORD_SUM])
{
	uint8_t number[RECORD_SUM];
	unsigned carry = 0;

	weigh(k, id, record, number);
	for (size_t i = 0; i < RECORD_SUM; i++) {
		carry += (unsigned)sum[i] + number[i];
		sum[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

void
record_sum_take(const struct keyring *k, const uint8_t id[RECORD_ID], struct str record,
    uint8_t sum[RECORD_SUM])
{
	uint8_t number[RECORD_SUM];
	unsigned borrow = 0;

	weigh(k, id, record, number);
	for (size_t i = 0; i < RECORD_SUM; i++) {
		borrow = (unsigned)sum[i] - number[i] - borrow;
		sum[i] = (uint8_t)borrow;
		borrow = borrow >> 8 & 1;
	}
}
