/*
 * Shares that are given one by one, until there are enough of one keyslot.
 * Security: shares given are secrets; they are wiped when the quorum is reached, cleared, or
 * old.
 */
#ifndef KEEPER_QUORUM_H
#define KEEPER_QUORUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "keys/header.h"

struct quorum {
	struct secret *shares[255];
	uint8_t x[255];
	unsigned count, slot;
	char nonce[UUID_TEXT]; /* empty while count is 0 */
	int64_t last;          /* boot ns, when one was given */
};

/* One more does not count, counts, or is the last that was needed. */
enum share_verdict { SHARE_REPEATED, SHARE_TAKEN, SHARE_OPENED };

/*
 * Give one share (33 bytes) of a slot of h; *share is taken, and NULL, when it counts.  One of
 * another slot begins anew.  -1 with ERR_FOREIGN when it is not a share of h (nothing else
 * changes).  *which: the share's number in its slot.
 */
int quorum_give(struct quorum *q, const struct header *h, struct secret **share,
    enum share_verdict *verdict, unsigned *which, struct error *err);
/* What SHARE_OPENED gave: the master key of h, and q is empty.  NULL with ERR_INVALID. */
struct secret *quorum_open(struct quorum *q, const struct header *h, struct error *err);

void quorum_clear(struct quorum *q);
/* Clear it when the last share was given more than ten minutes ago. */
void quorum_expire(struct quorum *q, int64_t boot);

#endif
