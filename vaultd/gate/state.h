/*
 * What a gate knows: shared by the files of this directory, seen by nobody else.
 */
#ifndef GATE_STATE_H
#define GATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/refusals.h"
#include "vaultd/gate/table.h"
#include "vaultd/ipc/address.h"
#include "vaultd/ipc/message.h"

#define GATE_SCRATCH (64 * 1024)
#define GATE_NETWORKS 32

/* In epoll's data, where a connection has its name: its number is never that high. */
#define STATE_KEEPER UINT64_MAX
#define STATE_LISTENER (UINT64_MAX - 1)

STAILQ_HEAD(conn_list, conn);

struct gate {
	unsigned index;
	int64_t now;       /* boot ns, taken once for each round of the loop */
	int64_t next_tick; /* boot ns */
	bool worked;       /* since the last tick */
	int epoll, listener;
	struct channel *keeper;
	bool blocked;    /* the keeper's socket is full */
	struct tls *tls; /* for new connections */
	struct http *http;
	struct limits limits;
	unsigned room; /* how many connections our descriptors are enough for */
	unsigned networks; /* 0: every address is allowed */
	struct network network[GATE_NETWORKS];
	struct buf nonces; /* not drawn yet */
	size_t held;       /* bytes of request bodies that are not complete */
	TAILQ_HEAD(, conn) thirsty; /* connections that wait for one, in their order */
	struct table table;
	struct tally *addresses, *identities;
	struct conn_list served, passing; /* to be stepped; passing: those that come or go */
	bool listening, draining;
	int64_t drained_by; /* boot ns: who is still here then is cut off */
	struct refusals refusals;
	uint8_t scratch[GATE_SCRATCH]; /* plaintext in passing; who used it wipes it */
};

#endif
