/*
 * A bar on a terminal for what takes longer than two seconds; nothing anywhere else.
 */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct progress {
	bool bytes; /* what is counted; else things called `unit` */
	const char *unit;
	uint64_t total; /* 0: not known */
	int64_t began;  /* of clock_boot, as progress_begin sets them */
	int64_t shown;  /* 0: not yet */
	bool terminal;  /* standard error is one */
};

/* Set bytes, unit and total first. */
void progress_begin(struct progress *p);

/* So much is done; shows it, at most five times a second. */
void progress_at(struct progress *p, uint64_t done);

/* Take the bar away. */
void progress_end(struct progress *p);

/* The line that is shown after so many nanoseconds.  Appended. */
void progress_format(const struct progress *p, uint64_t done, int64_t ns, struct buf *out);

#endif
