/*
 * Running other programs: one to its end, or one that is looked after.
 */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define RUN_NOT_FOUND 127 /* exit codes, as those of a shell */
#define RUN_NOT_ALLOWED 126
#define RUN_SIGNALLED 128 /* and the signal's number */

struct run {
	char *const *argv;    /* NULL at the end; the first is found by PATH */
	char *const *env;     /* NULL: as it is here */
	int input;            /* becomes standard input; -1: as it is here */
	const sigset_t *mask; /* of blocked signals; NULL: as it is here */
	bool group;           /* it leads a process group of its own */
};

/*
 * Start it.  It is told to end (SIGTERM) when the calling process dies, has the usual SIGPIPE
 * and no core file.  One that is not there ends with RUN_NOT_FOUND or RUN_NOT_ALLOWED and says
 * so on standard error.  Its pid, or -1 with ERR_IO.
 */
pid_t run_start(const struct run *r, struct error *err);

/* What waitpid says as an exit code. */
int run_code(int status);

/*
 * Run it to its end in a process group of its own, with no standard input; after so many
 * seconds the group is killed.  0, or -1 with ERR_IO saying how it ended.
 */
int run_within(char *const *argv, int64_t seconds, struct error *err);

#endif
