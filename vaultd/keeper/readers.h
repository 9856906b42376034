/*
 * Who still reads what: for each secret, which identity read which version, and on which day
 * last.  Counted in memory, written to the records every ten seconds and before the vault is
 * sealed or stopped; a keeper that is killed loses what it counted since the last writing.
 *
 * For the keeper's main thread alone.
 */
#ifndef KEEPER_READERS_H
#define KEEPER_READERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/records.h"

#define READERS_EACH 64 /* readings kept of a secret; beyond, the oldest goes */
#define READERS_DAY (24 * 3600 * CLOCK_SECOND)

struct readers;

/* For an open vault; never NULL.  Freeing it writes nothing (readers_flush does). */
struct readers *readers_new(void);
void readers_free(struct readers **r);

/* identity read that version of the secret at path of the mount (uuid), at `now` (wall ns). */
void readers_note(struct readers *r, const uint8_t mount[16], struct str path, uint32_t version,
    struct str identity, int64_t now);

/* All that is kept of a secret, in no order.  *dropped: how many readings were not kept. */
struct reading {
	struct str identity;
	uint32_t version;
	uint32_t day; /* since 1970 */
};
typedef void readers_visit(void *arg, const struct reading *r);
int readers_read(struct readers *r, struct records *records, const uint8_t mount[16],
    struct str path, readers_visit *each, void *arg, uint32_t *dropped, struct error *err);

/* Inside a batch: the secret is gone. */
void readers_forget(
    struct readers *r, struct records *records, const uint8_t mount[16], struct str path);

/*
 * Inside a batch: write what was counted, of at most limit secrets.  True: there is more.  What
 * a batch that failed had written is written again.
 */
bool readers_flush(struct readers *r, struct records *records, unsigned limit);

/* A chore: flush, every ten seconds. */
int readers_keep(struct chore_run *run, struct error *err);

#endif
