/*
 * Keeper: the table of a transit mount: named keys.
 */
#include "vaultd/keeper/call.h"

const struct route routes_transit[] = {
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
