/*
 * The operations of sys/mounts (vault-api 1.5).
 */
#ifndef API_MOUNTS_H
#define API_MOUNTS_H

#include "vaultd/keeper/call.h"

int api_mount_write(struct call *c, struct error *err);

#endif
