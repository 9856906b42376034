/*
 * sys/rotate, sys/key-status: the keyring (vault-api 1.3).  Beside the reference's paths:
 *
 * GET sys/rotate/progress: how far all records have come under the newest term.
 *   { "running": bool,              records are being wrapped anew
 *     "term": n, "oldest_term": n,
 *     "records_done": n, "records_total": n,
 *     "unreadable": n,              records that do not open: older terms are kept for them,
 *                                   and in an hour it is tried again
 *     "started": time or "", "finished": time or "" }
 *
 * POST sys/compact: the store's file is written anew without what was deleted or wrapped under
 * terms that are erased, in the background: reads go on, writes wait.  It begins when terms were
 * erased, too.  GET sys/compact: how that went.  Both:
 *   { "running": bool,
 *     "bytes_before": n, "bytes_after": n,  of the file, the last time
 *     "ended": time or "",
 *     "failure": text }                     why nothing came of it, the last time; or ""
 */
#ifndef API_ROTATE_H
#define API_ROTATE_H

#include "vaultd/keeper/call.h"

int api_rotate(struct call *c, struct error *err);
int api_key_status(struct call *c, struct error *err);
int api_rotate_config_read(struct call *c, struct error *err);
int api_rotate_config_write(struct call *c, struct error *err);
int api_rotate_progress(struct call *c, struct error *err);
int api_rotate_root(struct call *c, struct error *err);
int api_compact(struct call *c, struct error *err);
int api_compact_status(struct call *c, struct error *err);

/* A wall time as a member; "" when it is 0. */
void api_put_time(struct json_writer *w, const char *name, int64_t when);

/*
 * For an operation that commits by itself (ROUTE_ALONE): make its intent durable, as batches
 * do; *at is what the commit is told of the audit.  -1: refused; a failed sync seals the vault.
 */
int api_intend(struct call *c, struct vault_audit *at, struct error *err);
/* Such a commit failed: with anything but a full disk the vault seals itself.  Returns -1. */
int api_uncommitted(struct call *c, struct error *err);

#endif
