/*
 * sys/metrics.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "vaultd/keeper/call.h"

/* One row for each number that is asked for when it is shown. */
struct metric {
	const char *name;
	bool counter; /* only grows; else a gauge */
	uint64_t (*value)(struct call *c);
	const char *help;
};
extern const struct metric metrics_table[]; /* ends with a NULL name */

int api_metrics(struct call *c, struct error *err);

#endif
