/*
 * Keeper: the table of a PKI mount: certificates.
 */
#include "vaultd/keeper/call.h"

const struct route routes_pki[] = {
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
