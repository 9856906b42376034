/*
 * Flags as Go writes them: -name=value, -name value, --name; a switch stands alone or takes
 * =true, =false.  "--" ends them; "-" alone is an argument.  They may stand between arguments.
 * What a command understands is a table; its help and completion come from the same rows.
 */
#ifndef CLIENT_FLAGS_H
#define CLIENT_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum flag_type {
	FLAG_SWITCH,
	FLAG_TEXT,
	FLAG_LIST,  /* may be given several times */
	FLAG_PAIRS, /* the same, each KEY=VALUE */
	FLAG_WORD, /* text, or @FILE that holds it; in a body without white space at its ends */
	FLAG_BYTES, /* any bytes, as text or @FILE; in a body as base64 */
	FLAG_COUNT, /* a whole number, not negative */
	FLAG_TIME   /* a Go duration, "90s", "7d"; a bare number is seconds */
};

struct flag {
	const char *name;
	enum flag_type type;
	const char *value;     /* what stands for it in the help, as "DIR"; NULL for a switch */
	const char *otherwise; /* what counts when it is not given; NULL: nothing */
	const char *env;       /* the environment variable that may give it, or NULL */
	const char *help;
	const char *member; /* of a request (client/members.h); NULL: none */
};

#define FLAGS_GIVEN 64

struct flags {
	const struct flag *tables[2]; /* the command's own, and the common ones */
	unsigned given_count;
	struct {
		const struct flag *flag;
		const char *value;
	} given[FLAGS_GIVEN];
	unsigned count; /* arguments that are no flags, in argv's memory */
	char **arguments;
};

/*
 * Read argv[0..argc), which is rearranged; own and common end in a row without name, own may be
 * NULL.  Every value is checked against its type.  0, or -1 with ERR_INVALID naming the flag.
 */
int flags_parse(struct flags *f, const struct flag *own, const struct flag *common, int argc,
    char **argv, struct error *err);

/*
 * The value of a flag: as given last, else from its environment variable (when that is not
 * empty), else what its row says; NULL when there is none.  A name in no table is fatal.
 */
const char *flags_text(const struct flags *f, const char *name);
bool flags_on(const struct flags *f, const char *name); /* from the environment also "1" */

/* Of a count; `missing` when there is none. */
int64_t flags_count(const struct flags *f, const char *name, int64_t missing);

/* Of a time, in seconds; `missing` when there is none. */
int64_t flags_seconds(const struct flags *f, const char *name, int64_t missing);

/* The i-th value of a list or of pairs, NULL behind the last. */
const char *flags_item(const struct flags *f, const char *name, unsigned i);

#endif
