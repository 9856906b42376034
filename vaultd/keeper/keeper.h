/*
 * The keeper: the only process that ever holds a vault key.  It has no network.  It does not
 * trust the gates: it proves for itself who a peer is, and decides by its own tables.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "vaultd/ipc/channel.h"
#include "vaultd/keeper/batch.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/gates.h"
#include "vaultd/keeper/hooks.h"
#include "vaultd/keeper/metrics.h"
#include "vaultd/keeper/serve.h"
#include "policy/trust.h"

/* Run as the keeper, on the descriptors of ipc/process.h; returns the exit status. */
int keeper_main(void);

/* Requests that wait for a long list (turns.h): a ring. */
#define LISTINGS 256
struct listings {
	unsigned first, count;
	struct errand queue[LISTINGS];
};

/* What the keeper's files share. */
struct keeper {
	struct channel *main; /* the supervisor */
	struct service service;
	struct metrics metrics;
	struct config *config;
	struct trust *trust;
	struct buf start;       /* the START or RELOAD payload in force: `files` borrows from it */
	struct frame_start files;
	struct buf server_leaf; /* DER of the listener's certificate */
	struct gates *gates;
	struct batch *batch;
	struct workers *workers;
	struct listings listings;
	struct waiters *waiters;
	struct chores *chores;
	struct hooks *hooks;
	struct buf revoked;     /* a revoked_set, of what the PKI mounts have revoked; outlives a seal */
	size_t revoked_told;    /* its length when trust and gates were told of it */
	bool stopping;
	bool scanning; /* the check of the whole store is under way */
};

/* The vault's state may have changed: open or drop what hangs on it, tell the supervisor. */
void keeper_settle(struct keeper *k);

/* The records changed what callers may do: mounts, policies, roles are read anew. */
void keeper_authority_changed(struct keeper *k);

/* Certificates were revoked: trust and gates are told, their connections closed. */
void keeper_revoked_changed(struct keeper *k);

/* The vault can no longer vouch for its store: seal, with the reason in log and status. */
void keeper_fail(struct keeper *k, const char *reason);

#endif
