/*
 * From KV version 1 to version 2 (sys/mounts/<path>/tune with the option version).
 */
#ifndef API_KV_UPGRADE_H
#define API_KV_UPGRADE_H

#include "vaultd/keeper/chores.h"

/* The chore: mounts of type MOUNT_KV_UPGRADE. */
int kv_upgrade_mounts(struct chore_run *r, struct error *err);

#endif
