/*
 * Texts that are kept once and known by a number.  They stay until all go.
 */
#ifndef KEEPER_INTERNED_H
#define KEEPER_INTERNED_H

#include <stdint.h>

#include "base/str.h"

struct interned;

/* seed: of the hash, one that nobody knows.  Never NULL. */
struct interned *interned_new(uint64_t seed);
void interned_free(struct interned **t);

/* The number of a text, from 0 on; the same for the same text. */
uint32_t interned_add(struct interned *t, struct str text);
/* And back, borrowed. */
struct str interned_text(const struct interned *t, uint32_t number);

/* The hash, for other tables; goes on from h. */
uint64_t interned_hash(uint64_t h, const void *bytes, size_t len);

#endif
