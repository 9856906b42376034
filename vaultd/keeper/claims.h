/*
 * What a self-contained token says: whose it is, since when, until when, and what for.
 */
#ifndef KEEPER_CLAIMS_H
#define KEEPER_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define CLAIMS_POLICIES 32

struct claims {
	struct str owner;        /* SPIFFE ID */
	int64_t issued, expires; /* wall ns */
	unsigned count;
	struct str policies[CLAIMS_POLICIES];
};

/* The bytes to seal into a token (keys/token.h), under a new random id. */
void claims_format(const struct claims *c, struct buf *out);

/* Read them; what is read borrows from bytes.  -1 when they are not ours. */
int claims_read(struct claims *c, struct str bytes);

/* Whether they count for this caller now.  The one place that says when a token has expired. */
bool claims_hold(const struct claims *c, struct str id, int64_t wall);

#endif
