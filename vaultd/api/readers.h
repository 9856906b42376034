/*
 * sys/readers: who still reads what.
 *
 * GET sys/readers/<mount>/<path>
 *   { "current_version": n, "dropped": n,    readings that were too many to be kept
 *     "readers": [ { "identity": text, "version": n, "last_read": "2026-11-25" } ] }
 * GET sys/readers/<mount>?unused_days=90     secrets that nobody has read for so long
 *   query: unused_days (1 to 36500), limit (1 to 1000, else 100), after
 *   { "unused": [ { "path": text, "last_read": day or "", "created_time": time } ],
 *     "after": text or "" }                  "": that was all
 */
#ifndef API_READERS_H
#define API_READERS_H

#include "vaultd/api/plan.h"
#include "vaultd/keeper/call.h"

int api_readers(struct call *c, struct error *err);

/* "not_read": identities that read the plan's secret, but not its current version. */
int readers_put_behind(
    struct call *c, struct json_writer *w, const struct plan *p, struct error *err);

#endif
