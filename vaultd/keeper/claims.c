/*
 * Keeper: the claims of a token.
 *
 *   version u8 | kind u8 | flags u16 | numbers | texts | policies | networks
 *
 * Most of a token's numbers and texts are zero or empty: before each run of them stands a mask
 * (u16) of those that are there, u64 and blocks, in the order of their tables.  Policies and
 * networks: count u16, blocks.
 */
#include "vaultd/keeper/claims.h"

#include <stddef.h>

#define VERSION_NOW 2

static const size_t numbers[] = {
	offsetof(struct claims, issued), offsetof(struct claims, expires),
	offsetof(struct claims, renewed), offsetof(struct claims, ttl),
	offsetof(struct claims, increment), offsetof(struct claims, explicit_max),
	offsetof(struct claims, period), offsetof(struct claims, uses),
	offsetof(struct claims, epoch), offsetof(struct claims, all_epoch),
	offsetof(struct claims, sum), offsetof(struct claims, kept),
};

static const size_t texts[] = {
	offsetof(struct claims, owner), offsetof(struct claims, mount),
	offsetof(struct claims, role), offsetof(struct claims, parent),
	offsetof(struct claims, path), offsetof(struct claims, display_name),
	offsetof(struct claims, meta), offsetof(struct claims, token_role),
	offsetof(struct claims, address),
};

#define NUMBERS (sizeof(numbers) / sizeof(*numbers))
#define TEXTS (sizeof(texts) / sizeof(*texts))

static int64_t *
number_at(struct claims *c, size_t i)
{
	return (int64_t *)(void *)((char *)c + numbers[i]);
}

static struct str *
text_at(struct claims *c, size_t i)
{
	return (struct str *)(void *)((char *)c + texts[i]);
}

static void
put_list(struct buf *out, const struct str *list, unsigned count)
{
	buf_put_u16(out, (uint16_t)count);
	for (unsigned i = 0; i < count; i++)
		buf_put_block(out, list[i].at, list[i].len);
}

void
claims_format(const struct claims *claims, struct buf *out)
{
	struct claims c = *claims;
	unsigned mask = 0;

	buf_put_u8(out, VERSION_NOW);
	buf_put_u8(out, (uint8_t)c.kind);
	buf_put_u16(out, (uint16_t)c.flags);
	for (size_t i = 0; i < NUMBERS; i++)
		mask |= (unsigned)(*number_at(&c, i) != 0) << i;
	buf_put_u16(out, (uint16_t)mask);
	for (size_t i = 0; i < NUMBERS; i++)
		if ((mask >> i & 1) != 0)
			buf_put_u64(out, (uint64_t)*number_at(&c, i));
	mask = 0;
	for (size_t i = 0; i < TEXTS; i++)
		mask |= (unsigned)(text_at(&c, i)->len > 0) << i;
	buf_put_u16(out, (uint16_t)mask);
	for (size_t i = 0; i < TEXTS; i++)
		if ((mask >> i & 1) != 0)
			buf_put_block(out, text_at(&c, i)->at, text_at(&c, i)->len);
	put_list(out, c.policies, c.count);
	put_list(out, c.networks, c.network_count);
}

static void
read_list(struct reader *in, struct str *list, unsigned *count, unsigned most)
{
	*count = reader_u16(in);
	in->bad = in->bad || *count > most;
	for (unsigned i = 0; i < *count && !in->bad; i++)
		list[i] = reader_block(in);
}

static bool
is_place(struct str s)
{
	return s.len == 0 || s.len == 16;
}

int
claims_read(struct claims *c, struct str bytes)
{
	struct reader in = reader_of(bytes.at, bytes.len);
	uint8_t version = reader_u8(&in);
	unsigned mask;

	*c = (struct claims){ .kind = (enum claims_kind)reader_u8(&in) };
	c->flags = reader_u16(&in);
	mask = reader_u16(&in);
	for (size_t i = 0; i < NUMBERS; i++)
		if ((mask >> i & 1) != 0)
			*number_at(c, i) = (int64_t)reader_u64(&in);
	in.bad = in.bad || mask >> NUMBERS != 0;
	mask = reader_u16(&in);
	for (size_t i = 0; i < TEXTS; i++)
		if ((mask >> i & 1) != 0)
			*text_at(c, i) = reader_block(&in);
	in.bad = in.bad || mask >> TEXTS != 0;
	read_list(&in, c->policies, &c->count, CLAIMS_POLICIES);
	read_list(&in, c->networks, &c->network_count, CLAIMS_NETWORKS);
	if (!reader_done(&in) || version != VERSION_NOW || c->kind < CLAIMS_LOGIN ||
	    c->kind > CLAIMS_WRAPPING || !is_place(c->mount) || !is_place(c->role))
		return -1;
	return 0;
}

bool
claims_last(const struct claims *c, int64_t wall)
{
	return (c->flags & CLAIMS_REVOKED) == 0 && c->issued <= wall && wall < c->expires;
}
