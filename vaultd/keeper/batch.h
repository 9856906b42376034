/*
 * Writes: they wait until the previous commit has ended, then all that wait run together, in
 * order, as one batch, one transaction, one fsync (group commit).
 */
#ifndef KEEPER_BATCH_H
#define KEEPER_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "vaultd/keeper/serve.h"

struct keeper;
struct batch;

struct batch *batch_new(void);
void batch_free(struct batch **b);

/* Readable when a commit has ended: then call batch_done. */
int batch_fd(const struct batch *b);

/* A request (payload of a REQUEST frame, copied) of the gate with that serial waits its turn.
 * False: too much waits already (the request was not taken). */
bool batch_add(struct batch *b, uint64_t gate, struct conn_name conn, enum turn turn,
    struct str payload);

/* Run what waits, unless a commit is under way. */
void batch_run(struct keeper *k);
/* A commit has ended: answer its requests, then run what waits. */
void batch_done(struct keeper *k);

/* Nothing waits and nothing runs. */
bool batch_idle(const struct batch *b);

#endif
