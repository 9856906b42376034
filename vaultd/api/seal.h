/*
 * sys/: the vault's state and its opening and closing.
 */
#ifndef API_SEAL_H
#define API_SEAL_H

#include "vaultd/keeper/call.h"

int api_seal_status(struct call *c, struct error *err);
int api_health(struct call *c, struct error *err);
int api_leader(struct call *c, struct error *err);
int api_init_status(struct call *c, struct error *err);
int api_init(struct call *c, struct error *err);
int api_unseal(struct call *c, struct error *err);
int api_seal(struct call *c, struct error *err);

/* 0 when the caller is an operator whom the configuration names, else -1: refused. */
int api_require_operator(struct call *c);

#endif
