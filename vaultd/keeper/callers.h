/*
 * Callers whose entities are virtual (entities.h): which SPIFFE ID an entity's id stands for.
 *
 * Drawing up what a caller may do notes it in memory, where it is found from then on; a chore
 * writes it with the next batch.  The records keep the CALLERS_KEPT that came last, as a ring:
 * one more takes the place of the one that came longest ago, unless that has come again
 * meanwhile.  So any number of one-off SPIFFE IDs costs no more than the ring.  Who falls out has
 * the same entity at the next request, for it is worked out from the SPIFFE ID.
 */
#ifndef KEEPER_CALLERS_H
#define KEEPER_CALLERS_H

#include <stdint.h>

#include "base/buf.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/identities.h"

#define CALLERS_KEPT (1u << 17) /* some 50 MB of records, for SPIFFE IDs of usual length */

struct caller {
	struct str spiffe_id;
	int64_t since; /* wall ns: first seen */
};

/* kept: CALLERS_KEPT; tests have a smaller ring. */
struct callers *callers_new(unsigned kept);
void callers_free(struct callers **c);

/* This entity's caller is here. */
void callers_note(struct callers *c, struct str id, struct str spiffe_id, int64_t wall);

/* Who it is; false when nobody is known.  out borrows from bytes. */
bool callers_find(const struct identities *s, struct str id, struct buf *bytes,
    struct caller *out);

/* Append the ids of those who are noted and lie behind `after`, as a set (packed.h). */
void callers_noted(const struct identities *s, struct str after, struct buf *out);

/* Inside a batch: forget it; its next request notes it anew. */
void callers_forget(const struct identities *s, struct str id);

/* Inside a batch: write a slice of those who were noted. */
void callers_write(const struct identities *s);
int callers_chore(struct chore_run *r, struct error *err);

#endif
