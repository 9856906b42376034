/*
 * Keeper: the table of identity/.
 */
#include "vaultd/keeper/call.h"

const struct route routes_identity[] = {
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
