/*
 * The audit file: who asked what and what came of it, one JSON line each (vault-api: "Audit
 * record"), each chained to the one before, with signed checkpoints.
 *
 * How lines are chained and signed: keys/trail.h.  Types beside request and response: "open",
 * the first line of each file and of each start (the file's id, sequence and chain it goes on
 * from), "recovered" (torn bytes before it), "event" and "checkpoint".
 * One key signs for as long as the vault lives: whoever opens the vault could sign another past
 * (SECURITY.md); each checkpoint names its public half, for verifiers to pin.
 */
#ifndef KEEPER_AUDIT_H
#define KEEPER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "keys/header.h"
#include "keys/keyring.h"
#include "vaultd/keeper/call.h"

struct audit;

/*
 * Open (append, 0600, made when new) the file `name` in the directory dir.  The tail is read:
 * torn bytes after a crash are kept and a "recovered" line names their offset and hash.
 * NULL with ERR_IO or ERR_CORRUPT.
 */
struct audit *audit_open(int dir, const char *name, bool sync_always, struct error *err);
void audit_close(struct audit **a);

/*
 * The vault has opened: values are hashed with the keyring's audit key from now on, checkpoints
 * are signed with the signer kept in the records (RECORD_SYSTEM "audit-signer", written by
 * audit_fill when the vault is made).  Store and file are held against each other, and *match says
 * whether one of them was put back: the file when it ends before the position that the store's root
 * record holds, or differs there; the store when the file's last checkpoint names a later commit.
 * Sealed again: chain only, no values.
 */
enum audit_match { AUDIT_MATCHES, AUDIT_BEHIND, AUDIT_AHEAD };
int audit_unsealed(struct audit *a, const struct header *h, const struct keyring *k,
    struct records *r, enum audit_match *match, uint64_t sequence, const uint8_t hash[32],
    struct error *err);
void audit_sealed(struct audit *a);
/* The first signer, into the batch in which the vault is made. */
void audit_fill(struct records *r);

/*
 * Lines wait in memory until audit_flush.  audit_request: the intent of a write.
 * audit_response: what came of it (status, errors and data of c->reply), for every request,
 * refused ones too; with later, the line is only made and appended there, for audit_append once
 * the batch is durable.  A read has no intent: its response line holds the request.
 */
void audit_request(struct audit *a, const struct call *c, struct str token);
void audit_response(struct audit *a, const struct call *c, struct str token, struct buf *later);
void audit_append(struct audit *a, struct str line);
/* Start, reload, seal by itself, gate restarted...: type "event". */
void audit_event(struct audit *a, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * One write of all that waits (and fdatasync when sync, or sync_always).  A file that was
 * deleted or rotated away is noticed and opened anew by name.  -1 with ERR_IO, for a full disk
 * too (the store is not): nothing that waits may be served; it goes on waiting.
 */
int audit_flush(struct audit *a, bool sync, struct error *err);
/*
 * The requests whose lines wait were refused: forget the lines (a line that is half in the file
 * is finished later), say so in the next.
 */
void audit_forget(struct audit *a);
/* From any thread: make what was written durable.  -1 with ERR_IO: the vault must not stay open. */
int audit_sync(struct audit *a, struct error *err);
/* A checkpoint if one is due (100 ms after the first unsigned line, or 1000 lines). */
void audit_tick(struct audit *a, int64_t boot);

/* Where the chain stands: after the last line appended. */
void audit_position(const struct audit *a, uint64_t *sequence, uint8_t hash[32]);

/* "hmac-sha256:<hex>" of a value, as audit-hash answers.  Only while unsealed. */
void audit_hash(const struct audit *a, struct str value, struct buf *out);

/* How often it could not be written since the start. */
uint64_t audit_failures(const struct audit *a);
/* Why the last flush failed, for health and log; empty when it did not. */
const char *audit_trouble(const struct audit *a);

#endif
