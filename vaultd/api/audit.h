/*
 * The operations of sys/audit and sys/audit-hash.
 */
#ifndef API_AUDIT_H
#define API_AUDIT_H

#include "vaultd/keeper/call.h"

int api_audit_list(struct call *c, struct error *err);
int api_audit_enable(struct call *c, struct error *err);
int api_audit_disable(struct call *c, struct error *err);
/* The keyed hash of a value as the audit writes it. */
int api_audit_hash(struct call *c, struct error *err);

#endif
