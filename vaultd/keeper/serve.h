/*
 * One request: learn who asks, ask whether they may, write down the intent, do it, write down
 * the outcome.
 * Security: the only path from a request to an operation.
 */
#ifndef KEEPER_SERVE_H
#define KEEPER_SERVE_H

#include "base/buf.h"
#include "vaultd/ipc/message.h"
#include "vaultd/keeper/call.h"

/* What serving needs of the keeper; the pointers that an open vault gives are NULL else. */
struct service {
	const struct config *config;
	struct trust *trust;
	struct vault *vault;
	struct authority *authority;
	struct mounts *mounts;
	struct named *named;
	struct usage *usage;
	struct plans *plans;
	struct readers *readers;
	struct audit *audit;
	struct arena *arena;
	struct metrics *metrics;
	struct buf *revoked; /* the keeper's own, open or not */
};

enum turn {
	TURN_NOW,   /* a read: on the last commit */
	TURN_BATCH, /* a write: in the batch */
	TURN_ALONE  /* changes the vault's state: with no batch under way */
};

/* What came of a request. */
struct served {
	enum turn turn;     /* a later one than it was given: it must wait for that one, and begin anew */
	struct work *work;  /* or a worker must do this first */
	struct long_list *lists; /* or a list must be read first (records.h), the first of those that
				  * were; before: those that were */
	struct call_wait wait; /* or it waits for a change; before: what it has waited for */
	struct buf reply;   /* else: payload of a REPLY frame */
	struct buf outcome; /* TURN_BATCH: audit line, to be appended once the batch is durable */
	bool authority;     /* mounts, policies or roles were changed: end the batch */
	bool touched;       /* entities or groups were: likewise */
};
void served_clear(struct served *s);

/* Serve a request of peer, in a turn it has waited for; work: what a worker did for it, or NULL.
 * Nothing is done, and nothing audited, when out->turn or out->work says that it must wait. */
void serve(const struct service *s, struct peer *peer, const struct frame_request *f,
    enum turn turn, struct work *work, struct served *out);

/* A call with all but its request: for serve, and for chores (peer: NULL). */
void serve_begin(struct call *c, const struct service *s, struct peer *peer);

/* Instead of what a request got: status and text, when its batch or audit failed. */
void serve_failure(const struct frame_conn *conn, unsigned status, const char *text,
    struct buf *reply);

#endif
