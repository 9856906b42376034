/*
 * Keeper: the table of chores.
 */
#include "vaultd/keeper/chores.h"

#include "vaultd/api/erase.h"
#include "vaultd/api/kv_upgrade.h"

const struct chore chores_table[] = {
	{ "erasing removed mounts", erase_mounts },
	{ "upgrading mounts to KV version 2", kv_upgrade_mounts },
	{ NULL, NULL }
};
