/*
 * The keyring's terms in time: when a new one is due, and how all records come under it.
 *
 * A new term wraps at once.  Then a chore walks over all records, in slices between requests,
 * and wraps anew what is under an older term; how far it has come stands in the records, in the
 * same commit as each slice, so that it goes on after a kill.  At the end the old terms are
 * erased, and the store is compacted: its file holds nothing then that they wrapped.
 */
#ifndef KEEPER_TERMS_H
#define KEEPER_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/records.h"
#include "vaultd/keeper/rotation.h"
#include "vaultd/keeper/vault.h"

/* The bounds of the reference, which wraps with 96-bit nonces; ours would bear more. */
#define TERMS_OPERATIONS_MIN INT64_C(1000000)
#define TERMS_OPERATIONS_MAX INT64_C(3865470566)
#define TERMS_INTERVAL_MIN (24 * 3600 * CLOCK_SECOND)

/* When the keyring rotates by itself. */
struct terms_config {
	bool enabled;
	int64_t max_operations; /* records wrapped under one term */
	int64_t interval;       /* ns since it was installed; 0: never for its age */
};
/* What holds where nothing was set: enabled, the most operations, no interval. */
int terms_config_get(struct records *r, struct terms_config *c, struct error *err);
void terms_config_put(struct records *r, const struct terms_config *c);

/* How it stands. */
struct terms_status {
	uint32_t newest, oldest; /* different while older terms are there */
	bool running;            /* records are wrapped anew, or will be in a moment */
	int64_t installed;       /* the newest; wall ns */
	uint64_t encryptions;    /* under the newest; after a kill a few less */
	uint64_t done, total;    /* records looked at, of the walk that is or was last */
	uint64_t unreadable;     /* of those: did not open, for which the old terms are kept */
	int64_t started, finished; /* wall ns; 0: never, not yet */
};
int terms_status(struct vault *v, struct terms_status *s, struct error *err);

/* The keyring in the history of rotations. */
struct rotation_thing terms_thing(void);

/* A chore: add a term that is due, wrap anew, erase old terms. */
int terms_keep(struct chore_run *run, struct error *err);

#endif
