/*
 * Keeper: the table of cubbyhole/.
 */
#include "vaultd/keeper/call.h"

const struct route routes_cubbyhole[] = {
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
