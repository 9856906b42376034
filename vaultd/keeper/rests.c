/*
 * Keeper: sets of ids that may hold too much.
 */
#include "vaultd/keeper/rests.h"

void
rests_add(struct rests *r, struct str id)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < id.len; i++)
		h = (h ^ (uint8_t)id.at[i]) * 16777619u;
	r->bits[h >> 6 & 3] |= UINT64_C(1) << (h & 63);
}

bool
rests_empty(const struct rests *r)
{
	return (r->bits[0] | r->bits[1] | r->bits[2] | r->bits[3]) == 0;
}

bool
rests_meet(const struct rests *a, const struct rests *b)
{
	for (unsigned i = 0; i < 4; i++)
		if ((a->bits[i] & b->bits[i]) != 0)
			return true;
	return false;
}
