/*
 * Keeper: the table of chores.
 */
#include "vaultd/keeper/chores.h"

const struct chore chores_table[] = {
	{ NULL, NULL }
};
