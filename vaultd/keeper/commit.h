/*
 * The thread that commits: it makes the audit's intents durable, then the batch; and that copies
 * the store, when no commit may run.
 */
#ifndef KEEPER_COMMIT_H
#define KEEPER_COMMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/store/store.h"

struct committer;

/* Start the thread.  Never NULL. */
struct committer *committer_new(void);
/* Waits for a commit under way. */
void committer_free(struct committer **c);

/* Readable when a commit has ended. */
int committer_fd(const struct committer *c);

/* Begin: audit_sync, then store_commit.  All is borrowed until committer_end. */
void committer_begin(struct committer *c, struct audit *audit, struct store *store,
    const struct store_change *changes, size_t count);
/* Begin: store_copy.  It ends as a commit does. */
void committer_begin_copy(struct committer *c, struct store *store);
bool committer_busy(const struct committer *c);
/* How it ended: 0, or -1 with the reason.  Only after committer_fd was readable. */
int committer_end(struct committer *c, struct error *err);

#endif
