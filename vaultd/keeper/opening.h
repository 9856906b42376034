/*
 * How the keeper's process opens and ends.
 */
#ifndef KEEPER_OPENING_H
#define KEEPER_OPENING_H

#include "vaultd/keeper/keeper.h"

/*
 * Wait for main's START, lock memory, read whom the listener trusts, lock the door, open store
 * and audit, take the gates.  -1 with the reason: the process must end.
 */
int opening_open(struct keeper *k, struct error *err);
/* Say so in the audit, then wipe and close everything. */
void opening_close(struct keeper *k);

/* Keep a copy of a START or RELOAD payload; k->files borrows from it. */
void opening_take_start(struct keeper *k, struct str payload);

/* What the keeper needs of the listener's files: whom it trusts, and the leaf it shows (DER,
 * appended to leaf).  The caller frees both. */
int opening_read_listener(const struct config *c, const struct frame_start *f,
    struct trust **trust, struct buf *leaf, struct error *err);

/* The configuration's hash and the operators' list, as an event of the audit. */
void opening_audit(struct keeper *k, const char *event);

#endif
