/*
 * The clock by which things fall due: the wall clock, but it never steps back.
 *
 * When the wall clock is set back, it goes on from where it was, a sixteenth slower than time,
 * until the wall clock has caught up: what was due stays due, what expired stays expired, and
 * nothing waits for a year to pass twice.  A mark of it is kept in the records, so that the
 * clock cannot be set back between two starts either (but for what passed since the last mark).
 * A batch that rotates marks it too: what was rotated early in a jump ahead would else wait for
 * the whole of it, if a crash and a jump back came before the next mark.
 */
#ifndef KEEPER_DUE_H
#define KEEPER_DUE_H

#include <stdint.h>

#include "base/error.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/records.h"

#define DUE_MARK_EVERY (300 * CLOCK_SECOND) /* most that a restart can lose */

/* Now, in wall ns.  Never less than it was.  The log tells of a step of more than a minute. */
int64_t due_now(void);

/* The vault has opened: not before its mark.  -1 with ERR_CORRUPT when that cannot be read. */
int due_open(struct records *r, struct error *err);

/* Inside a batch: write the mark. */
void due_mark(struct records *r);
/* A chore: keep the mark. */
int due_keep(struct chore_run *run, struct error *err);

#endif
