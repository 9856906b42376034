/*
 * Log lines that a stranger can cause: at most ten a second, then how many more there were.
 */
#ifndef BASE_REFUSALS_H
#define BASE_REFUSALS_H

#include <stdint.h>

struct refusals {
	int64_t second; /* boot ns when the present second began */
	unsigned said, unsaid;
};

/* now is in boot ns. */
void refusals_log(struct refusals *r, int64_t now, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Once a second: say how many lines were left out. */
void refusals_tick(struct refusals *r, int64_t now);

#endif
