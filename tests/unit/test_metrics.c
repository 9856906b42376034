/*
 * Counting requests: each once, by what was asked and what came of it, at the right place of the
 * histogram.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/metrics.h"

static const struct {
	unsigned operation, status;
	int64_t ns;
	unsigned row, column, bucket;
} cases[] = {
	{ OP_READ, 200, 0, 0, 2, 0 },
	{ OP_READ, 404, 10000, 0, 4, 0 },
	{ OP_LIST, 204, 10001, 1, 2, 1 },
	{ OP_WRITE, 503, 1000000000, 3, 5, METRICS_BUCKETS - 1 },
	{ OP_DELETE, 299, 1000000001, 5, 2, METRICS_BUCKETS },
	{ OP_HELP, 200, 60000, 6, 2, 3 },
	{ 0, 405, 1, 0, 4, 0 },
};

#define CASES (sizeof(cases) / sizeof(*cases))

static void
count_each_once(void **state)
{
	struct metrics m = { .started = 1 };

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		uint64_t requests = m.requests[cases[i].row][cases[i].column];
		uint64_t slower = m.slower[cases[i].bucket];

		metrics_count(&m, cases[i].operation, cases[i].status, cases[i].ns);
		assert_int_equal(m.requests[cases[i].row][cases[i].column], requests + 1);
		assert_int_equal(m.slower[cases[i].bucket], slower + 1);
		assert_int_equal(m.handled, i + 1);
	}
	assert_int_equal(m.longest_ns, 1000000001);
	assert_int_equal(m.shortest_ns, 0);
	assert_int_equal(m.started, 1);
}

/* A status that is none (the gate's own business) is in the histogram and in no class. */
static void
odd_statuses(void **state)
{
	struct metrics m = { .started = 0 };
	uint64_t all = 0;

	(void)state;
	metrics_count(&m, OP_READ, 999, 5);
	for (unsigned o = 0; o < METRICS_OPERATIONS; o++)
		for (unsigned k = 0; k < METRICS_CLASSES; k++)
			all += m.requests[o][k];
	assert_int_equal(all, 0);
	assert_int_equal(m.handled, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(count_each_once),
		cmocka_unit_test(odd_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
