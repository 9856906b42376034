/*
 * Keeper: the table of auth/token/.
 */
#include "vaultd/keeper/call.h"

const struct route routes_token[] = {
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
