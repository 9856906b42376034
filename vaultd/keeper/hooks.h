/*
 * The runner as the keeper sees it: hooks that are to be run, and how they ended.
 * Security: what comes back is an operator's program's word, made under another user: it is
 * bounded, and parsed as a stranger's.
 */
#ifndef KEEPER_HOOKS_H
#define KEEPER_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "vaultd/ipc/message.h"

struct hooks;

/* Without a runner until hooks_attach; expected: one will come. */
struct hooks *hooks_new(bool expected);
void hooks_free(struct hooks **h);
/* The channel (taken over) of a runner: what the one before it ran has ended. */
void hooks_attach(struct hooks *h, int fd);

/* To poll for reading and (hooks_wants_write) writing; -1: there is no runner. */
int hooks_fd(const struct hooks *h);
bool hooks_wants_write(const struct hooks *h);
/* Read what has come, write what waits. */
void hooks_turn(struct hooks *h);

/*
 * Run the hook of that name with document (JSON) on its standard input, time_s seconds at most.
 * *id names the run.  -1 with ERR_UNSUPPORTED when there is to be no runner (with the mend),
 * ERR_LIMIT when too many hooks run, or the runner is only being started: ask again.
 */
int hooks_run(struct hooks *h, struct str hook, uint32_t time_s, struct str document,
    uint32_t *id, struct error *err);

/*
 * How the run named id ended; its texts are in bytes (to be freed by the caller).  False: it has
 * not.  A run is forgotten once it was taken.  When the runner is gone every run has ended,
 * RAN_REFUSED.
 */
bool hooks_take(struct hooks *h, uint32_t id, struct frame_ran *ran, struct buf *bytes);
/* Nobody asks any more how it ended: it is forgotten when it has. */
void hooks_forget(struct hooks *h, uint32_t id);

#endif
