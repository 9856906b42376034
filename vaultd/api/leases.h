/*
 * The operations of sys/leases.
 */
#ifndef API_LEASES_H
#define API_LEASES_H

#include "vaultd/keeper/call.h"

int api_lease_lookup(struct call *c, struct error *err);
int api_lease_renew(struct call *c, struct error *err);
int api_lease_revoke(struct call *c, struct error *err);
/* revoke-prefix, revoke-force: of none there are all revoked. */
int api_lease_revoke_all(struct call *c, struct error *err);
int api_lease_list(struct call *c, struct error *err);
int api_lease_tidy(struct call *c, struct error *err);

#endif
