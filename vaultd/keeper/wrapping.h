/*
 * Wrapped replies: what a request got is kept in the records, and its sender gets a token that
 * is good for fetching it, once (vault-api 1.7).
 */
#ifndef KEEPER_WRAPPING_H
#define KEEPER_WRAPPING_H

#include "vaultd/keeper/call.h"

#define WRAPPING_MAX (32 * 24 * 3600 * CLOCK_SECOND)
#define WRAPPING_BAD "wrapping token is not valid or does not exist"

/* Whether the reply of this request would be kept: it is asked for, and not of a raw route. */
bool wrapping_wanted(const struct call *c);

/*
 * Inside a batch, once an operation has succeeded: keep its reply instead of answering it, if
 * that is asked for and there is a body.  0; -1: it was refused after all.
 */
int wrapping_wrap(struct call *c);

/*
 * The same for a body that is there: of a reply that was wrapped before.  -1: refused, or err.
 */
int wrapping_keep(struct call *c, struct str body, struct str path, int64_t ttl,
    struct str wrapped_accessor, struct error *err);

#endif
