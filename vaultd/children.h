/*
 * The gates as main sees them: processes that die and are started again, each with a channel to
 * the keeper and the listening socket it had before.
 */
#ifndef VAULTD_CHILDREN_H
#define VAULTD_CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"

struct children;

/* Gates for the first count of sockets (borrowed, until they retire), all due to start. */
struct children *children_new(int *sockets, unsigned count);
/* Kill and reap every gate that is left. */
void children_free(struct children **g);

/*
 * Start what is due and tell the keeper over its channel.  Returns when the next start will be
 * due (CLOCK_BOOTTIME, ns), INT64_MAX when none is.
 */
int64_t children_tick(struct children *g, struct channel *keeper, int64_t now);

/* A process has ended: if it was a gate, say why; it starts again after children_delay. */
void children_bury(struct children *g, pid_t pid, int status);

/*
 * From now on gates may end, and stay so.  Their sockets are closed and left -1: once the gates
 * have closed theirs callers are refused, instead of waiting for somebody to accept them.
 */
void children_retire(struct children *g);

/* Start a process whose descriptor 3 is one end of a new channel; *end is the other. */
pid_t children_start(struct child *c, int *end, struct error *err);

/*
 * How long one that died waits to be started again (ns), after it waited last and lived so long:
 * 100 ms, doubled up to 10 s for one that dies again within 60 s.
 */
int64_t children_delay(int64_t last, int64_t lived);

/* Log how a process ended: its signal or its status, as wait(2) gave it. */
void children_log_death(const char *name, pid_t pid, int status);

#endif
