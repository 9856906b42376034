/*
 * Keeper: counting requests.
 */
#include "vaultd/keeper/metrics.h"

#define MICROSECOND INT64_C(1000)

const int64_t metrics_bounds[METRICS_BUCKETS] = { 10 * MICROSECOND, 25 * MICROSECOND,
	50 * MICROSECOND, 100 * MICROSECOND, 250 * MICROSECOND, 1000 * MICROSECOND,
	5000 * MICROSECOND, 25000 * MICROSECOND, 100000 * MICROSECOND, 1000000 * MICROSECOND };

void
metrics_count(struct metrics *m, unsigned operation, unsigned status, int64_t ns)
{
	unsigned o = 0, b = 0;

	while (operation >> (o + 1) != 0 && o + 1 < METRICS_OPERATIONS)
		o++;
	while (b < METRICS_BUCKETS && ns > metrics_bounds[b])
		b++;
	if (status / 100 < METRICS_CLASSES)
		m->requests[o][status / 100]++;
	m->slower[b]++;
	m->handled_ns += (uint64_t)ns;
	if ((uint64_t)ns > m->longest_ns)
		m->longest_ns = (uint64_t)ns;
	if (m->handled == 0 || (uint64_t)ns < m->shortest_ns)
		m->shortest_ns = (uint64_t)ns;
	m->handled++;
}
