/*
 * A program with secrets, from its start to its end; told of new ones, or begun anew with them.
 */
#ifndef CLIENT_PROGRAM_H
#define CLIENT_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "client/handover.h"
#include "client/run.h"
#include "client/values.h"

enum program_change { CHANGE_IGNORE, CHANGE_RESTART, CHANGE_SIGNAL };

struct program {
	struct handover handover;
	struct run run;
	enum program_change change; /* what new values mean to it */
	int signal;                 /* of CHANGE_SIGNAL */
	int64_t patience;           /* ns that it gets to end before it begins anew */
	struct values values;       /* that it has, or will begin anew with */
	pid_t pid;
	bool restart;     /* it was told to end, and begins anew */
	int64_t deadline; /* for that; boot ns */
};

/* Start it with the values, which are taken.  0, or -1 with err. */
int program_start(struct program *p, struct values *v, struct error *err);
void program_free(struct program *p);

/*
 * There are new values.  Whether it could have them is found out before it is disturbed: 0, and
 * they are taken; or -1 with err, and all is as it was.
 */
int program_renew(struct program *p, struct values *v, struct error *err);

/* Pass a signal on; one that asks to end is not answered by a new beginning. */
void program_pass(struct program *p, int signal, bool by_terminal);

/* Milliseconds till program_hurry is due, which kills what has not ended; -1: never. */
int program_poll_time(const struct program *p);
void program_hurry(struct program *p);

/*
 * Look whether it has ended, and begin it anew if that was the reason.  0: it runs; 1: it has
 * ended with *code; -1 with err: it could not begin anew.
 */
int program_look(struct program *p, int *code, struct error *err);

#endif
