/*
 * The keyring.  Only the keeper holds one, and only while the vault is unsealed: it is
 * trusted with every data key.
 *
 *   magic "VK" | format u8 | nonce 24 | ciphertext | tag 16
 *   text: terms u32 | terms times { number u32 | installed i64 | key 32 } | kept keys of 32
 *
 * Security: its text is laid out in locked memory, as the keys themselves are.
 */
#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/ad.h"
#include "keys/aead.h"
#include "keys/keyring.h"

#define MAGIC "VK"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define FORMAT 1
#define HEAD (MAGIC_LEN + 1)
#define TERM_SIZE (4 + 8 + AEAD_KEY) /* a term in the text */

struct term {
	uint32_t number;
	int64_t installed; /* wall ns */
	struct secret *key;
};

struct keyring {
	struct term *terms; /* by rising number; the last one wraps */
	size_t count;
	struct secret *keys[KEYRING_KEYS];
};

static struct keyring *
allocate(void)
{
	struct keyring *k = calloc(1, sizeof *k);

	if (k == NULL)
		fatal("no memory for a keyring");
	return k;
}

/* Takes the key over. */
static void
append(struct keyring *k, uint32_t number, int64_t installed, struct secret *key)
{
	struct term *terms = reallocarray(k->terms, k->count + 1, sizeof *terms);

	if (terms == NULL)
		fatal("no memory for a keyring");
	terms[k->count++] = (struct term){number, installed, key};
	k->terms = terms;
}

/* The keys of their own that are not kept, from one that is. */
static void
derive(struct keyring *k)
{
	static const char *const labels[KEYRING_KEYS] = {
	    [KEYRING_NAMED] = "vaultd named keys 1",
	    [KEYRING_ATTEST] = "vaultd attestation 1",
	};

	for (unsigned i = KEYRING_KEPT; i < KEYRING_KEYS; i++) {
		struct ad label;

		ad_start(&label, labels[i]);
		k->keys[i] = secret_new(AEAD_KEY);
		if (crypto_generichash(secret_fill(k->keys[i]), AEAD_KEY, label.bytes,
			label.len, secret_reveal(k->keys[KEYRING_INDEX], NULL), AEAD_KEY) != 0)
			fatal("BLAKE2b fails");
	}
}

struct keyring *
keyring_new(void)
{
	struct keyring *k = allocate();

	append(k, 1, clock_wall(), secret_random(AEAD_KEY));
	for (unsigned i = 0; i < KEYRING_KEPT; i++)
		k->keys[i] = secret_random(AEAD_KEY);
	derive(k);
	return k;
}

void
keyring_free(struct keyring **k)
{
	if (*k == NULL)
		return;
	for (size_t i = 0; i < (*k)->count; i++)
		secret_free(&(*k)->terms[i].key);
	for (unsigned i = 0; i < KEYRING_KEYS; i++)
		secret_free(&(*k)->keys[i]);
	free((*k)->terms);
	free(*k);
	*k = NULL;
}

static uint8_t *
put(uint8_t *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static uint8_t *
put_u32(uint8_t *at, uint32_t v)
{
	v = htobe32(v);
	return put(at, &v, sizeof v);
}

static uint8_t *
put_u64(uint8_t *at, uint64_t v)
{
	v = htobe64(v);
	return put(at, &v, sizeof v);
}

static struct secret *
format(const struct keyring *k)
{
	struct secret *text = secret_new(4 + k->count * TERM_SIZE + KEYRING_KEPT * AEAD_KEY);
	uint8_t *at = put_u32(secret_fill(text), (uint32_t)k->count);

	for (size_t i = 0; i < k->count; i++) {
		at = put_u32(at, k->terms[i].number);
		at = put_u64(at, (uint64_t)k->terms[i].installed);
		at = put(at, secret_reveal(k->terms[i].key, NULL), AEAD_KEY);
	}
	for (unsigned i = 0; i < KEYRING_KEPT; i++)
		at = put(at, secret_reveal(k->keys[i], NULL), AEAD_KEY);
	return text;
}

static struct secret *
read_key(struct reader *r)
{
	const uint8_t *bytes = reader_bytes(r, AEAD_KEY);
	struct secret *key = secret_new(AEAD_KEY);

	if (bytes != NULL)
		memcpy(secret_fill(key), bytes, AEAD_KEY);
	return key;
}

static struct keyring *
parse(const struct secret *text, struct error *err)
{
	struct keyring *k = allocate();
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(text, &len);
	struct reader r = reader_of(bytes, len);
	uint32_t count = reader_u32(&r), last = 0;
	bool rising = count > 0;

	while (k->count < count && rising && !r.bad) {
		uint32_t number = reader_u32(&r);
		int64_t installed = (int64_t)reader_u64(&r);

		rising = number > last;
		last = number;
		append(k, number, installed, read_key(&r));
	}
	for (unsigned i = 0; i < KEYRING_KEPT; i++)
		k->keys[i] = read_key(&r);
	derive(k);
	if (!rising || !reader_done(&r)) {
		error_set(err, ERR_CORRUPT, "the keyring opens, but holds no list of keys");
		keyring_free(&k);
	}
	return k;
}

static void
bind(const struct header *h, struct ad *ad)
{
	ad_start(ad, "vaultd keyring 1");
	ad_put(ad, h->vault_id, VAULT_ID);
	ad_put(ad, h->hublet, strlen(h->hublet));
}

void
keyring_wrap(const struct keyring *k, const struct secret *master, const struct header *h,
    struct buf *out)
{
	struct secret *text = format(k);
	struct ad ad;

	bind(h, &ad);
	buf_put(out, MAGIC, MAGIC_LEN);
	buf_put_u8(out, FORMAT);
	aead_wrap_secret(master, ad.bytes, ad.len, text, out);
	secret_free(&text);
}

static int
parse_head(struct str wrapped, struct error *err)
{
	if (wrapped.len < HEAD || memcmp(wrapped.at, MAGIC, MAGIC_LEN) != 0)
		return error_set(err, ERR_CORRUPT, "these bytes are not a keyring");
	if (wrapped.at[MAGIC_LEN] != FORMAT)
		return error_set(err, ERR_UNSUPPORTED,
		    "the keyring has format %u; this version of vaultd knows %d",
		    (uint8_t)wrapped.at[MAGIC_LEN], FORMAT);
	return 0;
}

struct keyring *
keyring_unwrap(
    const struct secret *master, const struct header *h, struct str wrapped, struct error *err)
{
	struct secret *text = NULL;
	struct keyring *k = NULL;
	struct ad ad;

	if (parse_head(wrapped, err) != 0)
		return NULL;
	bind(h, &ad);
	wrapped = str_from(wrapped, HEAD);
	text = aead_unwrap_secret(master, ad.bytes, ad.len, wrapped.at, wrapped.len, err);
	if (text == NULL)
		return NULL;
	k = parse(text, err);
	secret_free(&text);
	return k;
}

static int
compare(const void *number, const void *term)
{
	uint32_t a = *(const uint32_t *)number;
	uint32_t b = ((const struct term *)term)->number;

	return a < b ? -1 : a > b;
}

static struct term *
find(const struct keyring *k, uint32_t number)
{
	return bsearch(&number, k->terms, k->count, sizeof *k->terms, compare);
}

uint32_t
keyring_add_term(struct keyring *k, int64_t now)
{
	uint32_t number = keyring_newest(k) + 1;

	append(k, number, now, secret_random(AEAD_KEY));
	return number;
}

void
keyring_drop_newest(struct keyring *k)
{
	if (k->count < 2)
		fatal("the only term of a keyring cannot be dropped");
	secret_free(&k->terms[--k->count].key);
}

int
keyring_retire_term(struct keyring *k, uint32_t term, struct error *err)
{
	struct term *t = find(k, term);

	if (t == NULL)
		return error_set(err, ERR_NOT_FOUND, "the keyring has no term %u", term);
	if (term == keyring_newest(k))
		return error_set(err, ERR_INVALID, "term %u is the newest: it is in use", term);
	secret_free(&t->key);
	memmove(t, t + 1, (size_t)(k->terms + --k->count - t) * sizeof *t);
	return 0;
}

uint32_t
keyring_newest(const struct keyring *k)
{
	return k->terms[k->count - 1].number;
}

uint32_t
keyring_oldest(const struct keyring *k)
{
	return k->terms[0].number;
}

int64_t
keyring_installed(const struct keyring *k, uint32_t term)
{
	const struct term *t = find(k, term);

	return t == NULL ? 0 : t->installed;
}

const struct secret *
keyring_term(const struct keyring *k, uint32_t term)
{
	const struct term *t = find(k, term);

	return t == NULL ? NULL : t->key;
}

const struct secret *
keyring_key(const struct keyring *k, enum keyring_key which)
{
	return k->keys[which];
}
