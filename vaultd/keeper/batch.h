/*
 * Writes: they wait until the previous commit has ended, then all that wait run together, in
 * order, as one batch, one transaction, one fsync (group commit).
 */
#ifndef KEEPER_BATCH_H
#define KEEPER_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "vaultd/keeper/workers.h"

struct keeper;
struct batch;

struct batch *batch_new(void);
void batch_free(struct batch **b);

/* Readable when a commit has ended: then call batch_done. */
int batch_fd(const struct batch *b);

/* A request waits its turn (*e is empty then).  False, *e unchanged: too much waits already. */
bool batch_add(struct batch *b, struct errand *e);

/* Run what waits, the chores that are due, a compaction that is wanted, unless a commit is under
 * way. */
void batch_run(struct keeper *k);
/* A commit has ended: answer its requests, then run what waits. */
void batch_done(struct keeper *k);

/* Nothing waits and nothing runs. */
bool batch_idle(const struct batch *b);

#endif
