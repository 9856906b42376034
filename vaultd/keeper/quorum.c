/*
 * Keeper: shares on their way to a quorum.
 */
#include "vaultd/keeper/quorum.h"

#include <string.h>

#define LIFE (600 * CLOCK_SECOND)

void
quorum_clear(struct quorum *q)
{
	for (unsigned i = 0; i < q->count; i++)
		secret_free(&q->shares[i]);
	memset(q, 0, sizeof(*q));
}

void
quorum_expire(struct quorum *q, int64_t boot)
{
	if (q->count > 0 && boot - q->last > LIFE)
		quorum_clear(q);
}

int
quorum_give(struct quorum *q, const struct header *h, struct secret **share,
    enum share_verdict *verdict, unsigned *which, struct error *err)
{
	unsigned slot, x;

	if (!header_find_share(h, *share, &slot, &x))
		return error_set(err, ERR_FOREIGN, "not a share of this vault");
	if (q->count > 0 && q->slot != slot)
		quorum_clear(q);
	*which = x;
	*verdict = SHARE_REPEATED;
	for (unsigned i = 0; i < q->count; i++)
		if (q->x[i] == x)
			return 0;
	if (q->count == 0)
		uuid_format(q->nonce);
	q->slot = slot;
	q->x[q->count] = (uint8_t)x;
	q->shares[q->count++] = *share;
	*share = NULL;
	q->last = clock_boot();
	*verdict = q->count < h->slots[slot].threshold ? SHARE_TAKEN : SHARE_OPENED;
	return 0;
}

struct secret *
quorum_open(struct quorum *q, const struct header *h, struct error *err)
{
	struct secret *master = header_open_shamir(h, q->slot, q->shares, q->count, err);

	quorum_clear(q);
	return master;
}
