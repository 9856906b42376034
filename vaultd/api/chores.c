/*
 * Keeper: the table of chores.
 */
#include "vaultd/keeper/chores.h"

#include "vaultd/api/erase.h"
#include "vaultd/api/kv_upgrade.h"
#include "vaultd/api/pki_tidy.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/keeper/callers.h"
#include "vaultd/api/transit_schedule.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/terms.h"
#include "vaultd/keeper/usage.h"
#include "vaultd/keeper/tokens.h"

const struct chore chores_table[] = {
	{ "erasing removed mounts", erase_mounts },
	{ "upgrading mounts to KV version 2", kv_upgrade_mounts },
	{ "noting callers", callers_chore },
	{ "clock", due_keep },
	{ "usage of named keys", usage_keep },
	{ "terms of the keyring", terms_keep },
	{ "rotation of named keys", transit_rotate_due },
	{ "tidying certificates", chore_pki_tidy },
	{ "forgetting revocations that have ended", chore_pki_marks },
	{ "tokens", tokens_expire },
	{ "readers of secrets", readers_keep },
	{ "rotation plans", plans_run_due },
	{ NULL, NULL }
};
