/*
 * What is kept of an identity that has tokens in the records: how many, and the epoch that its
 * logins must be of.
 */
#ifndef KEEPER_OWNERS_H
#define KEEPER_OWNERS_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

#define OWNER_TOKENS (1u << 20) /* stored, of one identity */
#define OWNER_DENIED 4096u      /* logins that were revoked and have not expired */
#define OWNER_WRAPPED 4096u     /* replies that were wrapped and not fetched */

struct owner {
	int64_t epoch;           /* logins of another are over */
	uint32_t stored, denied, wrapped;
};

/* Of a SPIFFE ID; of "" the epoch of all tokens.  An identity without a record has zeros. */
int owners_get(struct records *r, struct str id, struct owner *o, struct error *err);
void owners_put(struct records *r, struct str id, const struct owner *o);

/* End all logins of an identity (of "": every token of the vault) at once. */
int owners_withdraw(struct records *r, struct str id, struct error *err);

#endif
