/*
 * Keeper: compacting the store.
 */
#include "vaultd/keeper/compact.h"

#include <stdio.h>

#include "base/log.h"
#include "vaultd/keeper/commit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/keeper.h"

static uint64_t
file_bytes(struct keeper *k)
{
	struct store_usage u;

	store_usage(vault_store(k->service.vault), &u);
	return u.file_bytes;
}

bool
compact_wanted(const struct keeper *k)
{
	return vault_compaction(k->service.vault)->wanted && !k->stopping &&
	    vault_state(k->service.vault) == VAULT_OPEN;
}

bool
compact_running(const struct keeper *k)
{
	return vault_compaction(k->service.vault)->running;
}

void
compact_begin(struct keeper *k, struct committer *c)
{
	struct vault_compaction *it = vault_compaction(k->service.vault);

	it->wanted = false;
	it->running = true;
	it->before = file_bytes(k);
	committer_begin_copy(c, vault_store(k->service.vault));
}

/* Without a copy all is as it was; half a swap is a store that is not to be trusted. */
void
compact_end(struct keeper *k, struct committer *c)
{
	struct vault_compaction *it = vault_compaction(k->service.vault);
	struct error err = ERROR_INIT;

	it->running = false;
	it->ended = due_now();
	if (committer_end(c, &err) != 0) {
		log_warn("the store is not compacted: %s", err.text);
		snprintf(it->failure, sizeof(it->failure), "%s", err.text);
		return;
	}
	if (store_swap(vault_store(k->service.vault), &err) != 0) {
		keeper_fail(k, err.text);
		return;
	}
	it->failure[0] = '\0';
	it->after = file_bytes(k);
	log_info("the store is compacted: %llu bytes, before %llu",
	    (unsigned long long)it->after, (unsigned long long)it->before);
}
