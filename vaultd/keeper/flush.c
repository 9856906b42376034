/*
 * Keeper: the last commit before keys and records go.
 */
#include "vaultd/keeper/flush.h"

#include <limits.h>

#include "base/log.h"
#include "vaultd/keeper/due.h"

void
flush_memory(struct vault *v, struct usage *u, struct readers *readers, struct audit *a)
{
	struct records *r = vault_records(v);
	struct error err = ERROR_INIT;
	struct vault_audit at;

	if (audit_flush(a, true, &err) == 0) {
		audit_position(a, &at.sequence, at.hash);
		records_begin(r);
		usage_flush(u, r, UINT_MAX);
		readers_flush(readers, r, UINT_MAX);
		due_mark(r);
		records_end(r);
		if (vault_commit(v, &at, &err) == 0)
			return;
	}
	log_warn("what was counted last is lost: %s", err.text);
}
