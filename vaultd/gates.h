/*
 * The gates as main sees them: processes that die and are started again, each with a channel to
 * the keeper and the listening socket it had before.
 */
#ifndef VAULTD_GATES_H
#define VAULTD_GATES_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"

struct gates;

/* Gates for the first count of sockets (borrowed), all due to start. */
struct gates *gates_new(const int *sockets, unsigned count);
/* Kill and reap every gate that is left. */
void gates_free(struct gates **g);

/*
 * Start what is due and tell the keeper over its channel.  Returns when the next start will be
 * due (CLOCK_BOOTTIME, ns), INT64_MAX when none is.
 */
int64_t gates_tick(struct gates *g, struct channel *keeper, int64_t now);

/* A process has ended: if it was a gate, say why and when it starts again: after 100 ms, doubled
 * up to 10 s for one that dies again within 60 s. */
void gates_bury(struct gates *g, pid_t pid, int status);

/* From now on gates may end, and stay so. */
void gates_retire(struct gates *g);

/* Start a process whose descriptor 3 is one end of a new channel; *end is the other. */
pid_t gates_start_child(struct child *c, int *end, struct error *err);

/* Log how a process ended: its signal or its status, as wait(2) gave it. */
void gates_log_death(const char *name, pid_t pid, int status);

#endif
