/*
 * Keeper: the table of a KV version 1 mount.
 */
#include "vaultd/keeper/call.h"

const struct route routes_kv1[] = {
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
