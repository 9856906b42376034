/*
 * Keeper: the claims inside a token.
 *
 *   version u8 | id 16 bytes | owner block | issued u64 | expires u64 | count u16 of policy blocks
 */
#include "vaultd/keeper/claims.h"

#include "base/clock.h"

#define VERSION_NOW 1
#define ID_BYTES 16

void
claims_format(const struct claims *c, struct buf *out)
{
	uint8_t id[ID_BYTES];

	random_bytes(id, sizeof(id));
	buf_put_u8(out, VERSION_NOW);
	buf_put(out, id, sizeof(id));
	buf_put_block(out, c->owner.at, c->owner.len);
	buf_put_u64(out, (uint64_t)c->issued);
	buf_put_u64(out, (uint64_t)c->expires);
	buf_put_u16(out, (uint16_t)c->count);
	for (unsigned i = 0; i < c->count; i++)
		buf_put_block(out, c->policies[i].at, c->policies[i].len);
}

int
claims_read(struct claims *c, struct str bytes)
{
	struct reader in = reader_of(bytes.at, bytes.len);
	uint8_t version = reader_u8(&in);

	(void)reader_bytes(&in, ID_BYTES);
	c->owner = reader_block(&in);
	c->issued = (int64_t)reader_u64(&in);
	c->expires = (int64_t)reader_u64(&in);
	c->count = reader_u16(&in);
	if (in.bad || version != VERSION_NOW || c->count > CLAIMS_POLICIES)
		return -1;
	for (unsigned i = 0; i < c->count; i++)
		c->policies[i] = reader_block(&in);
	return reader_done(&in) ? 0 : -1;
}

bool
claims_hold(const struct claims *c, struct str id, int64_t wall)
{
	return str_equal(c->owner, id) && c->issued <= wall && wall < c->expires;
}
