/*
 * The clear header of a vault.  The keeper reads and writes it, the tools that name a vault
 * read it; its bytes come from a disk that a thief may have edited, so they are parsed as a
 * stranger's.
 *
 *   magic "VAULTD" | format u16 | vault id 16 | Hublet block | slots u8 |
 *   slots times { kind u8 | id 16 | n u8 | t u8 | n times check 32 | wrapped master key 72 } |
 *   BLAKE2b-256 of all before
 *
 * Security: the hash at the end names damage, not forgery.  A forged header opens nothing:
 * vault id, Hublet and slot id are bound into every wrapping.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/ad.h"
#include "keys/aead.h"
#include "keys/header.h"
#include "keys/shamir.h"

#define MAGIC "VAULTD"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define FORMAT 1
#define HASH 32

static bool
is_hublet(struct str name)
{
	if (name.len < 1 || name.len > HUBLET_MAX || name.at[0] == '-' ||
	    name.at[name.len - 1] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (memchr("abcdefghijklmnopqrstuvwxyz0123456789-", name.at[i], 37) == NULL)
			return false;
	return true;
}

int
header_new(struct header *h, const char *hublet, struct error *err)
{
	struct str name = str_of(hublet);

	*h = (struct header){0};
	if (!is_hublet(name))
		return error_set(err, ERR_INVALID,
		    "a Hublet's name is 1 to %d of a-z, 0-9 and -, with no - at its ends",
		    HUBLET_MAX);
	memcpy(h->hublet, name.at, name.len);
	random_bytes(h->vault_id, VAULT_ID);
	return 0;
}

void
header_clear(struct header *h)
{
	for (unsigned i = 0; i < HEADER_SLOTS; i++)
		free(h->slots[i].checks);
	*h = (struct header){0};
}

static void
format_slot(const struct slot *slot, struct buf *out)
{
	buf_put_u8(out, (uint8_t)slot->kind);
	buf_put(out, slot->id, sizeof slot->id);
	buf_put_u8(out, slot->shares);
	buf_put_u8(out, slot->threshold);
	buf_put(out, slot->checks, (size_t)slot->shares * SHARE_CHECK);
	buf_put(out, slot->wrapped_master, sizeof slot->wrapped_master);
}

void
header_format(const struct header *h, struct buf *out)
{
	size_t start = out->len;
	uint8_t hash[HASH];

	buf_put(out, MAGIC, MAGIC_LEN);
	buf_put_u16(out, FORMAT);
	buf_put(out, h->vault_id, VAULT_ID);
	buf_put_block(out, h->hublet, strlen(h->hublet));
	buf_put_u8(out, (uint8_t)h->count);
	for (unsigned i = 0; i < h->count; i++)
		format_slot(&h->slots[i], out);
	crypto_generichash(hash, HASH, out->data + start, out->len - start, NULL, 0);
	buf_put(out, hash, HASH);
}

/* Copy len bytes, or zeros when the reader has fewer. */
static void
read_into(struct reader *r, void *to, size_t len)
{
	const uint8_t *bytes = reader_bytes(r, len);

	if (bytes != NULL)
		memcpy(to, bytes, len);
	else
		memset(to, 0, len);
}

static int
parse_slot(struct reader *r, struct slot *slot, struct error *err)
{
	uint8_t kind = reader_u8(r);

	if (!r->bad && kind != SLOT_SHAMIR)
		return error_set(err, ERR_UNSUPPORTED,
		    "a keyslot of kind %u needs a newer version of vaultd", kind);
	slot->kind = SLOT_SHAMIR;
	read_into(r, slot->id, sizeof slot->id);
	slot->shares = reader_u8(r);
	slot->threshold = reader_u8(r);
	if (r->bad || slot->threshold < 1 || slot->threshold > slot->shares ||
	    (slot->threshold == 1 && slot->shares > 1))
		return error_set(
		    err, ERR_CORRUPT, "the vault's header has an impossible keyslot");
	slot->checks = calloc(slot->shares, sizeof *slot->checks);
	if (slot->checks == NULL)
		fatal("no memory for a keyslot");
	read_into(r, slot->checks, (size_t)slot->shares * SHARE_CHECK);
	read_into(r, slot->wrapped_master, sizeof slot->wrapped_master);
	return 0;
}

static int
parse_body(struct header *h, struct reader *r, struct error *err)
{
	struct str hublet;
	uint8_t count = 0;

	read_into(r, h->vault_id, VAULT_ID);
	hublet = reader_block(r);
	if (!is_hublet(hublet))
		return error_set(err, ERR_CORRUPT, "the vault's header names no Hublet");
	memcpy(h->hublet, hublet.at, hublet.len);
	count = reader_u8(r);
	if (count > HEADER_SLOTS)
		return error_set(err, ERR_CORRUPT, "the vault's header has %u keyslots", count);
	for (; h->count < count; h->count++)
		if (parse_slot(r, &h->slots[h->count], err) != 0)
			return -1;
	if (!reader_done(r))
		return error_set(err, ERR_CORRUPT, "the vault's header has the wrong length");
	return 0;
}

/* Magic and format first, so that a newer format is named as that and not as damage. */
static int
parse_head(struct reader *r, struct error *err)
{
	const uint8_t *magic = reader_bytes(r, MAGIC_LEN);
	uint16_t format = reader_u16(r);

	if (r->bad || memcmp(magic, MAGIC, MAGIC_LEN) != 0)
		return error_set(err, ERR_CORRUPT, "this is not the header of a vault");
	if (format != FORMAT)
		return error_set(err, ERR_UNSUPPORTED,
		    "the vault's header has format %u; this version of vaultd knows %d", format,
		    FORMAT);
	return 0;
}

int
header_parse(struct header *h, struct str bytes, struct error *err)
{
	struct reader r = reader_of(bytes.at, bytes.len);
	uint8_t hash[HASH];

	*h = (struct header){0};
	if (parse_head(&r, err) != 0)
		return -1;
	if (r.left < HASH)
		return error_set(err, ERR_CORRUPT, "the vault's header is cut short");
	r.left -= HASH;
	crypto_generichash(hash, HASH, (const uint8_t *)bytes.at, bytes.len - HASH, NULL, 0);
	if (memcmp(hash, bytes.at + bytes.len - HASH, HASH) != 0)
		return error_set(err, ERR_CORRUPT, "the vault's header is damaged");
	if (parse_body(h, &r, err) == 0)
		return 0;
	header_clear(h);
	return -1;
}

static void
bind_slot(const struct header *h, unsigned slot, struct ad *ad)
{
	if (slot >= h->count)
		fatal("no keyslot %u", slot);
	ad_start(ad, "vaultd slot 1");
	ad_put(ad, h->vault_id, VAULT_ID);
	ad_put(ad, h->hublet, strlen(h->hublet));
	ad_put(ad, h->slots[slot].id, sizeof h->slots[slot].id);
}

void
header_rewrap_slot(
    struct header *h, unsigned slot, const struct secret *kek, const struct secret *master)
{
	struct buf wrapped = BUF_INIT;
	struct ad ad;

	bind_slot(h, slot, &ad);
	aead_wrap_secret(kek, ad.bytes, ad.len, master, &wrapped);
	if (wrapped.len != sizeof h->slots[slot].wrapped_master)
		fatal("a master key is %d bytes", MASTER_KEY);
	memcpy(h->slots[slot].wrapped_master, wrapped.data, wrapped.len);
	buf_free(&wrapped);
}

/* What the slot keeps of a share of SHAMIR_SHARE bytes, y then x. */
static void
check_of(const struct slot *slot, const uint8_t *share, uint8_t check[SHARE_CHECK])
{
	static const char label[] = "vaultd share 1";
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, SHARE_CHECK);
	crypto_generichash_update(&state, (const uint8_t *)label, sizeof label - 1);
	crypto_generichash_update(&state, slot->id, sizeof slot->id);
	crypto_generichash_update(&state, share + SHAMIR_SECRET, 1);
	crypto_generichash_update(&state, share, SHAMIR_SECRET);
	crypto_generichash_final(&state, check, SHARE_CHECK);
	wipe(&state, sizeof state);
}

int
header_add_shamir(struct header *h, const struct secret *master, unsigned n, unsigned t,
    struct secret **shares, struct secret **kek, struct error *err)
{
	struct slot *slot = &h->slots[h->count];

	if (h->count == HEADER_SLOTS)
		return error_set(
		    err, ERR_LIMIT, "a vault has at most %d keyslots", HEADER_SLOTS);
	*kek = secret_random(AEAD_KEY);
	if (shamir_split(*kek, n, t, shares, err) != 0) {
		secret_free(kek);
		return -1;
	}
	*slot =
	    (struct slot){.kind = SLOT_SHAMIR, .shares = (uint8_t)n, .threshold = (uint8_t)t};
	random_bytes(slot->id, sizeof slot->id);
	slot->checks = calloc(n, sizeof *slot->checks);
	if (slot->checks == NULL)
		fatal("no memory for a keyslot");
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *share = secret_reveal(shares[i], NULL);

		check_of(slot, share, slot->checks[share[SHAMIR_SECRET] - 1]);
	}
	header_rewrap_slot(h, h->count++, *kek, master);
	return 0;
}

void
header_remove_slot(struct header *h, unsigned slot)
{
	if (slot >= h->count)
		fatal("no keyslot %u", slot);
	free(h->slots[slot].checks);
	memmove(&h->slots[slot], &h->slots[slot + 1], (--h->count - slot) * sizeof *h->slots);
	h->slots[h->count] = (struct slot){0};
}

bool
header_find_share(
    const struct header *h, const struct secret *share, unsigned *slot, unsigned *x)
{
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(share, &len);
	uint8_t check[SHARE_CHECK];

	if (len != SHAMIR_SHARE || bytes[SHAMIR_SECRET] == 0)
		return false;
	*x = bytes[SHAMIR_SECRET];
	for (*slot = 0; *slot < h->count; ++*slot) {
		const struct slot *s = &h->slots[*slot];

		if (*x > s->shares)
			continue;
		/* Both are public: the header is in the clear, and a hash of y tells nothing.
		 */
		check_of(s, bytes, check);
		if (memcmp(check, s->checks[*x - 1], SHARE_CHECK) == 0)
			return true;
	}
	return false;
}

struct secret *
header_open_shamir(const struct header *h, unsigned slot, struct secret *const *shares,
    unsigned count, struct error *err)
{
	struct secret *kek = NULL, *master = NULL;
	struct ad ad;

	bind_slot(h, slot, &ad);
	if (count < h->slots[slot].threshold) {
		error_set(err, ERR_INVALID, "%u shares of the %u that this keyslot takes",
		    count, h->slots[slot].threshold);
		return NULL;
	}
	kek = shamir_combine(shares, count, err);
	if (kek == NULL)
		return NULL;
	master = aead_unwrap_secret(kek, ad.bytes, ad.len, h->slots[slot].wrapped_master,
	    sizeof h->slots[slot].wrapped_master, NULL);
	if (master == NULL)
		error_set(err, ERR_INVALID, "these shares do not open this keyslot");
	secret_free(&kek);
	return master;
}
