/*
 * What the keeper counts of itself since it started: plain numbers, of nobody's in particular.
 */
#ifndef KEEPER_METRICS_H
#define KEEPER_METRICS_H

#include <stdint.h>

#define METRICS_OPERATIONS 7 /* bits of enum operation */
#define METRICS_CLASSES 6    /* 1xx to 5xx of a status, at its hundreds */
#define METRICS_BUCKETS 10

struct metrics {
	int64_t started;          /* wall ns */
	uint64_t requests[METRICS_OPERATIONS][METRICS_CLASSES];
	/* Time in the keeper, without waiting for turn and commit. */
	uint64_t slower[METRICS_BUCKETS + 1]; /* not above that bound; the last: above all */
	uint64_t handled, handled_ns, longest_ns, shortest_ns;
	unsigned connections;     /* of all gates, now */
};

/* The upper bounds of the buckets, ns, ascending. */
extern const int64_t metrics_bounds[METRICS_BUCKETS];

/* One request, answered with status after ns.  operation: one of enum operation. */
void metrics_count(struct metrics *m, unsigned operation, unsigned status, int64_t ns);

#endif
