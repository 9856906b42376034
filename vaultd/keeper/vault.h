/*
 * The vault's state: not initialised, sealed, or open; and the steps between.
 * Security: the master key is in the clear only here, only while unsealed.
 */
#ifndef KEEPER_VAULT_H
#define KEEPER_VAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "keys/header.h"
#include "keys/keyring.h"
#include "vaultd/keeper/quorum.h"
#include "vaultd/keeper/records.h"
#include "vaultd/store/store.h"

enum vault_state { VAULT_EMPTY, VAULT_SEALED, VAULT_OPEN };

struct vault;

/*
 * Open the store in dir and read its header.  NULL with ERR_FOREIGN, naming both, when the store
 * is of another Hublet.
 */
struct vault *vault_new(int dir, uint64_t map_bytes, const char *hublet, struct error *err);
void vault_free(struct vault **v);

enum vault_state vault_state(const struct vault *v);
const struct header *vault_header(const struct vault *v);
struct store *vault_store(struct vault *v);
/* NULL unless open. */
struct records *vault_records(struct vault *v);
struct keyring *vault_keyring(struct vault *v);
/*
 * What opens shares that were sealed to this vault, whatever its state.  NULL when it has no such
 * key: it is empty, was made by an earlier vaultd, or has lost the file (vaultd/keeper/unseal_key.h).
 */
const struct secret *vault_unseal_key(const struct vault *v);
/* What its operators must know: why the vault sealed itself, or what vault_warn said; or empty. */
const char *vault_reason(const struct vault *v);
/* An open vault goes on, and says so in seal-status until it is sealed. */
void vault_warn(struct vault *v, const char *what);

/*
 * Make the vault: unseal key, header, keyring, first commit (synchronously).  shares[0..n) are handed out
 * and freed by the caller.  The vault is sealed afterwards.  fill runs inside the first batch
 * and writes the built-in records.
 */
int vault_init(struct vault *v, unsigned n, unsigned t, struct secret **shares,
    int (*fill)(void *arg, struct records *r, struct error *err), void *arg, struct error *err);

/* The running unseal. */
struct vault_progress {
	unsigned given, threshold, shares;
	char nonce[37]; /* empty when none runs */
};
void vault_progress(const struct vault *v, struct vault_progress *p);

/* Give one share, as quorum_give does it.  On the last one the vault opens. */
int vault_unseal(struct vault *v, struct secret **share, enum share_verdict *verdict,
    unsigned *which, struct error *err);
/* Forget the shares given so far. */
void vault_reset(struct vault *v);
/* Forget shares of which the last was given more than ten minutes ago (now: boot ns). */
void vault_expire(struct vault *v, int64_t now);

/* The shares given for something else than opening: of an open vault, for restore-policy. */
struct quorum *vault_quorum(struct vault *v);
/* Whether they gave this vault's master key; the quorum is empty then. */
bool vault_quorum_proves(struct vault *v, struct error *err);

/*
 * Changing the keys of an open vault.  Each of these commits at once, by itself, so never while
 * another commit is under way.  -1: nothing was changed; with another code than ERR_FULL the
 * store is not to be trusted any more (seal, or let the next commit find out).
 */

/* Where the audit stands, for the root record. */
struct vault_audit {
	uint64_t sequence;
	uint8_t hash[32];
};
/* The records' batch, outside of the batches of writes. */
int vault_commit(struct vault *v, const struct vault_audit *a, struct error *err);
/* A new term for the keyring, which wraps from now on (now: its time of installation). */
int vault_add_term(struct vault *v, int64_t now, struct error *err);
/* Erase all terms but the newest: no record may need them. */
int vault_retire_terms(struct vault *v, struct error *err);
/* A new master key, in every keyslot. */
int vault_rotate_master(struct vault *v, const struct vault_audit *a, struct error *err);

/*
 * Writing the store's file anew (store_copy, store_swap): asked for by whoever wants it, begun
 * and ended between two batches.  Reads go on, writes wait.
 */
struct vault_compaction {
	bool wanted, running;
	uint64_t before, after; /* bytes of the file, the last time; 0: never */
	int64_t ended;          /* wall ns, the last time */
	char failure[512];      /* why there was no room for it, the last time; or empty */
};
struct vault_compaction *vault_compaction(struct vault *v);

/* Wipe keyring and records.  reason: NULL, or what went wrong.  A store that failed is reopened. */
void vault_seal(struct vault *v, const char *reason);

#endif
