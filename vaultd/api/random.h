/*
 * Random bytes and hashes, for sys/tools and for transit mounts.
 */
#ifndef API_RANDOM_H
#define API_RANDOM_H

#include "vaultd/keeper/call.h"

/* parameters: the source or how many; how many */
int api_random(struct call *c, struct error *err);
/* parameters: the algorithm.  On a transit mount the input must be there. */
int api_hash(struct call *c, struct error *err);

#endif
