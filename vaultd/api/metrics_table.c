/*
 * Keeper: the table of what is measured.
 */
#include "vaultd/api/metrics.h"

#include "base/clock.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/api/rotation.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/metrics.h"

static uint64_t
unsealed(struct call *c)
{
	return vault_state(c->vault) == VAULT_OPEN;
}

static struct store_usage
usage(struct call *c)
{
	struct store_usage u;

	store_usage(vault_store(c->vault), &u);
	return u;
}

static uint64_t
used_bytes(struct call *c)
{
	return usage(c).used_bytes;
}

static uint64_t
map_bytes(struct call *c)
{
	return usage(c).map_bytes;
}

static uint64_t
stored_records(struct call *c)
{
	return records_root(c->records)->count;
}

static uint64_t
commits(struct call *c)
{
	return records_root(c->records)->sequence;
}

static uint64_t
connections(struct call *c)
{
	return c->metrics->connections;
}

static uint64_t
mounted(struct call *c)
{
	return mounts_count(c->mounts);
}

static uint64_t
failures(struct call *c)
{
	return audit_failures(c->audit);
}

static uint64_t
started(struct call *c)
{
	return (uint64_t)(c->metrics->started / CLOCK_SECOND);
}

struct due {
	int64_t now;
	uint64_t count;
};

static bool
count_due(void *arg, const struct rotation_item *i)
{
	struct due *d = arg;

	d->count += i->due != 0 && i->due <= d->now;
	return i->next <= d->now;
}

static uint64_t
due(struct call *c)
{
	struct due d = { .now = c->now };
	struct error ignored = ERROR_INIT; /* what does not open is not counted; the log names it */

	for (const struct rotating *r = rotating_table; r->name != NULL; r++)
		(void)r->walk(c, 0, count_due, &d, &ignored);
	return d.count;
}

static uint64_t
waiting(struct call *c)
{
	return plans_waiting(c->plans);
}

const struct metric metrics_table[] = {
	{ "vault.core.unsealed", false, unsealed, "1 while the vault is unsealed." },
	{ "vault.core.started", false, started, "When the keeper started, seconds since 1970." },
	{ "vault.core.mounts", false, mounted, "Mounts, the built-in ones among them." },
	{ "vault.gate.connections", false, connections, "Callers that are connected." },
	{ "vault.store.records", false, stored_records, "Records in the store." },
	{ "vault.store.bytes", false, used_bytes, "Bytes of the store's pages in use." },
	{ "vault.store.bytes_max", false, map_bytes, "Most bytes the store may ever hold." },
	{ "vault.store.commits", true, commits, "Commits since the vault was made." },
	{ "vault.rotation.waiting", false, waiting,
	    "Rotations that wait for a person, as of ten seconds ago; 1000: or more." },
	{ "vault.rotation.due", false, due, "Keys that should have rotated by now." },
	{ "vault.audit.failures", true, failures,
	    "How often the audit could not be written since the start." },
	{ NULL, false, NULL, NULL }
};
