/*
 * How often, and when last, each version of a named key was used: so that an operator knows
 * when an old version is not needed any more.  Counted in memory, written to the records every
 * ten seconds and before the vault is sealed or stopped; a keeper that is killed loses what it
 * counted since the last writing (for a million keys in use at once, that takes a minute and a half).
 *
 * For the keeper's main thread alone.
 */
#ifndef KEEPER_USAGE_H
#define KEEPER_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/records.h"

enum usage_operation {
	USAGE_ENCRYPT, /* data keys too */
	USAGE_DECRYPT,
	USAGE_SIGN,    /* HMACs too */
	USAGE_VERIFY,
	USAGE_OPERATIONS
};

struct usage;
struct usage_key;

/* For an open vault; never NULL.  Freeing it writes nothing (usage_flush does). */
struct usage *usage_new(void);
void usage_free(struct usage **u);

/*
 * What counts for the key of that mount (uuid) and name: for who keeps the key itself open.  To
 * be closed before usage_free.  *k becomes NULL; it may be NULL.
 */
struct usage_key *usage_open(struct usage *u, const uint8_t mount[16], struct str name);
void usage_close(struct usage_key **k);

/* A version was used n times, at `now` (wall ns).  A few ns; call it once it has been done. */
void usage_note(struct usage_key *k, uint32_t version, enum usage_operation op, uint32_t n,
    int64_t now);

/*
 * All that is known of a key: each version that was ever used, by number.  0, or -1 with
 * ERR_CORRUPT.  Versions that were trimmed are still among them.
 */
struct usage_version {
	uint32_t number;
	uint64_t count[USAGE_OPERATIONS];
	int64_t last; /* wall ns */
};
typedef void usage_visit(void *arg, const struct usage_version *v);
int usage_read(struct usage *u, struct records *r, const uint8_t mount[16], struct str name,
    usage_visit *each, void *arg, struct error *err);

/* Inside a batch: the key is deleted, and what was counted with it. */
void usage_forget(struct usage *u, struct records *r, const uint8_t mount[16], struct str name);

/*
 * Inside a batch: write what was counted, of at most limit keys.  True: there is more.  What a
 * batch that failed had written is written again.
 */
bool usage_flush(struct usage *u, struct records *r, unsigned limit);

/* A chore: flush, every ten seconds. */
int usage_keep(struct chore_run *run, struct error *err);

#endif
