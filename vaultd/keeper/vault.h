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

enum share_verdict { SHARE_TAKEN, SHARE_REPEATED, SHARE_OPENED };

/*
 * Give one share (33 bytes); *share is taken, and NULL, when it counts.  -1 with ERR_FOREIGN when it is not a share of this vault (nothing
 * else changes).  *slot_share: which share it is.  On the last one the vault opens.
 */
int vault_unseal(struct vault *v, struct secret **share, enum share_verdict *verdict,
    unsigned *slot_share, struct error *err);
/* Forget the shares given so far. */
void vault_reset(struct vault *v);
/* Forget them when the last was given more than ten minutes ago (now: boot ns). */
void vault_expire(struct vault *v, int64_t now);

/* Wipe keyring and records.  reason: NULL, or what went wrong.  A store that failed is reopened. */
void vault_seal(struct vault *v, const char *reason);

#endif
