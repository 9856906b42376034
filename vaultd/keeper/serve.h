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
	struct audit *audit;
	struct arena *arena;
};

enum turn {
	TURN_NOW,   /* a read: on the last commit */
	TURN_BATCH, /* a write: in the batch */
	TURN_ALONE  /* changes the vault's state: with no batch under way */
};

/* Which turn a request must wait for, by its route alone. */
enum turn serve_turn(const struct service *s, const struct frame_request *f);

/* What came of a request. */
struct served {
	struct buf reply;   /* payload of a REPLY frame */
	struct buf outcome; /* TURN_BATCH: audit line, to be appended once the batch is durable */
	bool authority;     /* mounts, policies or roles were changed: end the batch */
};
void served_clear(struct served *s);

/* Serve a request of peer, in the turn that serve_turn said. */
void serve(const struct service *s, struct peer *peer, const struct frame_request *f,
    enum turn turn, struct served *out);

/* Instead of what a request got: status and text, when its batch or audit failed. */
void serve_failure(const struct frame_conn *conn, unsigned status, const char *text,
    struct buf *reply);

#endif
