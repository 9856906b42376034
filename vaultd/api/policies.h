/*
 * sys/: policies and capabilities (vault-api 1.4).
 */
#ifndef API_POLICIES_H
#define API_POLICIES_H

#include "vaultd/keeper/call.h"

int api_policies_list(struct call *c, struct error *err);
int api_policy_read(struct call *c, struct error *err);
int api_policy_write(struct call *c, struct error *err);
int api_policy_delete(struct call *c, struct error *err);
/* sys/policy, the older form of the same. */
int api_policies_list_old(struct call *c, struct error *err);
int api_policy_read_old(struct call *c, struct error *err);
int api_policy_write_old(struct call *c, struct error *err);
int api_capabilities_self(struct call *c, struct error *err);
int api_capabilities(struct call *c, struct error *err);
int api_capabilities_accessor(struct call *c, struct error *err);

#endif
