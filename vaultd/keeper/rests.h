/*
 * A set of ids in four words.  It may say that it holds what was never put in, at worst something
 * is drawn up anew in vain; it never forgets.
 */
#ifndef KEEPER_RESTS_H
#define KEEPER_RESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct rests {
	uint64_t bits[4];
};

void rests_add(struct rests *r, struct str id);
bool rests_empty(const struct rests *r);
/* Whether some id may be in both. */
bool rests_meet(const struct rests *a, const struct rests *b);

#endif
