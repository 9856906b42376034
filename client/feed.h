/*
 * A process that follows a secret (follow.h) and hands each new version over a pipe, so that
 * who runs a program need not wait for a vault while it waits for the program.
 */
#ifndef CLIENT_FEED_H
#define CLIENT_FEED_H

#include <sys/types.h>

#include "base/buf.h"
#include "client/follow.h"

struct feed {
	pid_t pid;     /* 0: there is none */
	int fd;        /* to poll for reading; -1 */
	struct buf in; /* what came of the next version */
};

#define FEED_INIT \
	{ \
		0, -1, BUF_INIT \
	}

/*
 * Start one that goes on where f is, whose answer is let go.  It dies with this process.  0, or
 * -1 with ERR_IO.
 */
int feed_start(struct feed *feed, struct follow *f, struct error *err);

/*
 * Read what is there.  1: fields is the new version's, a JSON object; 0: not yet; -1: it has
 * ended.
 */
int feed_read(struct feed *feed, struct buf *fields);

void feed_stop(struct feed *feed);

#endif
