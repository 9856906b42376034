/*
 * The tokens of an open vault.  One from a log-in says all of itself (claims.h, sealed) and is
 * kept nowhere; it has a record from its first renewal, child, counted use or secret in its
 * cubbyhole on, and when it was revoked.  Created ones, unless they are batch tokens, are 28
 * random characters and a record.  A record is named by the token's accessor, which is a keyed
 * hash of the token: the token itself is kept nowhere.
 *
 * Children name their parent: without its record they are nothing, so that revoking a parent is
 * one deletion.  What is left of them goes when they expire.
 */
#ifndef KEEPER_TOKENS_H
#define KEEPER_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/token.h"
#include "vaultd/keeper/claims.h"
#include "vaultd/keeper/vault.h"

struct chore_run; /* chores.h */

struct token {
	char accessor[TOKEN_ACCESSOR + 1];
	bool stored;          /* it has a record */
	struct claims claims;
	struct buf bytes;     /* claims borrow from it */
};
void tokens_release(struct token *t);

/*
 * The token of that text, or of that accessor (with a record only): 0, whether it counts or
 * not; -1: there is none, or its record does not open.  Free with tokens_release after 0 only.
 */
int tokens_find(struct vault *v, struct str text, struct token *t);
int tokens_find_accessor(struct vault *v, struct str accessor, struct token *t);

/* Seal the claims of t into a new token, appended to text, and give t its accessor. */
void tokens_seal(struct vault *v, struct token *t, struct buf *text);

/* ---- inside a batch ---- */

/*
 * Write its record, new or changed, and when it goes.  -1 with ERR_LIMIT, naming the cap, when
 * its owner has too many.
 */
int tokens_store(struct vault *v, struct token *t, struct error *err);

/* Take away one use.  0; *last: that was it, and the request's end is the token's. */
int tokens_use(struct vault *v, struct token *t, bool *last, struct error *err);

/*
 * It counts no more.  heirs: 0, and its children neither; or the wall time when the last of them
 * must have expired or been renewed: they live on.
 */
int tokens_revoke(struct vault *v, struct token *t, int64_t heirs, int64_t wall,
    struct error *err);

/*
 * No record has that accessor, and no log-in of it shall count until then (wall); counted among
 * what owner, who asks for it, has revoked.  -1 with ERR_LIMIT.
 */
int tokens_deny(struct vault *v, struct str accessor, struct str owner, int64_t until,
    struct error *err);

/* A chore: records of tokens that have expired, and what they hold, are erased. */
int tokens_expire(struct chore_run *run, struct error *err);

#endif
