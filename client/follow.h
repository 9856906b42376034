/*
 * Following a secret: asking for it again until it is another one.  Each question has a
 * connection of its own, so that a renewed client certificate counts from the next one on.
 * Where the vault has it, the question waits there for the next version
 * (GET secret/data/<path>?after_version=N&wait=60s); a vault that answers at once is asked
 * again after -poll.  While it is away or sealed the pauses grow.
 */
#ifndef CLIENT_FOLLOW_H
#define CLIENT_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "client/command.h"
#include "client/kvcall.h"
#include "client/session.h"

struct follow {
	const struct flags *flags;
	const char *who;          /* the command, in front of what is logged */
	const char *secret;       /* as a person names it */
	struct kvpath at;         /* once it was found */
	int64_t version;          /* the last that was seen; 0: none, or the mount keeps none */
	char created[CLOCK_TEXT]; /* and when that was made */
	const struct json *fields; /* of it, in answer */
	struct answer answer;
	bool seen;         /* there was one */
	bool missed;       /* but it could not be put to use (follow_missed) */
	unsigned failures; /* one after the other */
	char trouble[512]; /* what was logged last; empty: all is well */
};

/* The flags that it reads. */
#define FOLLOW_FLAGS \
	KV_MOUNT_FLAG, \
	{ \
		"poll", FLAG_TIME, "DURATION", "10s", NULL, \
		    "how often to ask where the vault does not tell of changes; at least 1s" \
	}

void follow_init(
    struct follow *f, const struct flags *flags, const char *who, const char *secret);
void follow_free(struct follow *f);

/*
 * Ask once, at once.  DONE: f->fields is the secret, or NULL when there is no newer version.
 * REFUSED with ERR_DENIED or ERR_NOT_FOUND when the vault says no, ERR_IO or ERR_SEALED when it
 * cannot say; FAILED with ERR_INVALID, ERR_IO when certificate or flags are wrong here.
 */
enum outcome follow_ask(struct follow *f, struct error *err);

/*
 * Ask until there is a version other than the last; what is in the way is logged, a line each
 * time it changes.  Before there was a first version only what may pass is waited for: REFUSED
 * and FAILED as above when a person must mend something.
 */
enum outcome follow_next(struct follow *f, struct error *err);

/*
 * What follow_next gave could not be put to use, or could.  Missed: err is logged as other
 * trouble is, and the same version comes again, after a pause.
 */
void follow_missed(struct follow *f, const struct error *err);
void follow_taken(struct follow *f);

/* Log one line: the command, the secret, then this. */
void follow_log(const struct follow *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
