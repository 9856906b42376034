/*
 * New shares for a keyslot of an open vault, made against a quorum of its old ones: the slot
 * gets a new key, the vault a new master key, the old shares open nothing any more.  One at a
 * time; it is forgotten when the vault is sealed.
 * Security: between the old shares and the new there is one commit.  Before it the old ones
 * open the vault, after it the new ones.  Who never receives the new ones (the reply is lost)
 * has none: with verification they do not count before they were given back.
 */
#ifndef KEEPER_REKEY_H
#define KEEPER_REKEY_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "vaultd/keeper/quorum.h"

struct vault;
struct vault_audit;

/* Begin: n shares, of which t will open the vault; verify: not before t were given back. */
void rekey_begin(struct vault *v, unsigned n, unsigned t, bool verify);
/* End it, whatever it has come to.  Nothing has changed. */
void rekey_cancel(struct vault *v);

struct rekey_status {
	bool started, verify;
	const char *nonce;        /* "" unless started */
	unsigned shares, threshold; /* of the new ones; 0 unless started */
	unsigned given, required; /* of the old ones; required always */
	bool verifying;           /* the new ones are handed out, and are to be given back */
	const char *verify_nonce; /* "" unless verifying */
	unsigned verified;
};
void rekey_status(const struct vault *v, struct rekey_status *s);

/*
 * Give an old share, as quorum_give does it; while started, and not yet verifying.  On
 * SHARE_OPENED shares[0..n) are the new ones, which the caller frees; they are those of the
 * vault unless they are to be verified.  -1 with ERR_FOREIGN: not a share; another code: see
 * vault.h, and nothing has changed, the old shares are to be given again.
 */
int rekey_give(struct vault *v, const struct vault_audit *a, struct secret **share,
    enum share_verdict *verdict, unsigned *which, struct secret **shares, struct error *err);

/* Give a new share back, while verifying.  On SHARE_OPENED they are those of the vault. */
int rekey_verify(struct vault *v, const struct vault_audit *a, struct secret **share,
    enum share_verdict *verdict, unsigned *which, struct error *err);
/* Forget what was given back so far. */
void rekey_verify_again(struct vault *v);

#endif
