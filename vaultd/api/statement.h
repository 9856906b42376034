/*
 * The statement of an attestation (policy/attest.h).
 */
#ifndef API_STATEMENT_H
#define API_STATEMENT_H

#include "keys/named_key.h"
#include "vaultd/keeper/call.h"

/* Append what this vault states of k, the key that c->parameter[0] names in c->mount. */
void statement_format(struct call *c, const struct named_key *k, struct str nonce,
    struct buf *out);

#endif
