/*
 * How a program gets the fields of secrets: in its environment, as one JSON object on standard
 * input, or as files in memory; never in its arguments.
 */
#ifndef CLIENT_HANDOVER_H
#define CLIENT_HANDOVER_H

#include "client/flags.h"
#include "client/private_dir.h"
#include "client/run.h"
#include "client/values.h"

enum handover_way { HANDOVER_ENV, HANDOVER_STDIN, HANDOVER_FILES };

struct handover {
	enum handover_way way;
	const char *prefix;     /* of variables, or "" */
	struct private_dir dir; /* of HANDOVER_FILES */
};

/* The flags that it reads. */
#define HANDOVER_FLAGS \
	{"env", FLAG_SWITCH, NULL, NULL, NULL, \
	    "in its environment: field api-key is API_KEY (so it is when nothing is said)"}, \
	    {"prefix", FLAG_TEXT, "TEXT", "", NULL, "in front of each variable, as DB_"}, \
	    {"stdin", FLAG_SWITCH, NULL, NULL, NULL, "on standard input, as a JSON object"}, \
	{ \
		"files", FLAG_TEXT, "DIR", NULL, NULL, "as files in this directory, in memory" \
	}

/*
 * Ready the way that the flags name.  0, or -1 with ERR_INVALID (more than one), or as
 * private_dir_open.  handover_close either way.
 */
int handover_open(struct handover *h, const struct flags *f, struct error *err);
void handover_close(struct handover *h);

/* Start the program with the values.  Its pid, or -1 with err. */
pid_t handover_start(
    struct handover *h, const struct values *v, struct run *r, struct error *err);

/* Whether it could be started with the values.  0, or -1 with err. */
int handover_check(struct handover *h, const struct values *v, struct error *err);

/* New values for a program that runs: of HANDOVER_FILES alone.  0, or -1 with err. */
int handover_renew(struct handover *h, const struct values *v, struct error *err);

#endif
