/* keeper/workers: what waits for a worker is bounded, and comes back once. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vaultd/keeper/workers.h"

#define MIB ((size_t)1 << 20)

struct task {
	struct work base;
	unsigned *runs, *frees;
};

static void
run_task(struct work *w)
{
	__atomic_fetch_add(((struct task *)w)->runs, 1, __ATOMIC_SEQ_CST);
}

static void
free_task(struct work *w)
{
	__atomic_fetch_add(((struct task *)w)->frees, 1, __ATOMIC_SEQ_CST);
	free(w);
}

static unsigned runs, frees;

/* Whether work with a request of that size is taken. */
static bool
add(struct workers *w, size_t size)
{
	struct task *t = calloc(1, sizeof *t);
	struct errand e = {.gate = 1, .work = &t->base};
	bool taken;

	*t = (struct task){{run_task, free_task, NULL}, &runs, &frees};
	memset(buf_reserve(&e.payload, size), 'x', size);
	e.payload.len = size;
	taken = workers_add(w, &e);
	assert_true(taken == (e.work == NULL));
	errand_clear(&e);
	return taken;
}

/* What is done next. */
static struct errand
take(struct workers *w)
{
	struct pollfd p = {workers_fd(w), POLLIN, 0};
	struct errand e = {0};

	while (!workers_take(w, &e))
		assert_int_equal(poll(&p, 1, 10000), 1);
	return e;
}

static void
test_bounded_by_bytes(void **state)
{
	struct workers *w = workers_new();
	struct errand e;

	(void)state;
	runs = frees = 0;
	for (unsigned i = 0; i < 32; i++)
		assert_true(add(w, 2 * MIB));
	assert_false(add(w, 1));
	e = take(w);
	assert_int_equal(e.payload.len, 2 * MIB);
	errand_clear(&e);
	assert_true(add(w, 1));
	assert_true(add(w, 2 * MIB - 1));
	assert_false(add(w, 1));
	for (unsigned i = 0; i < 33; i++) {
		e = take(w);
		errand_clear(&e);
	}
	assert_true(workers_idle(w));
	assert_int_equal(runs, 34);
	assert_int_equal(frees, 36);
	assert_true(add(w, 64 * MIB));
	workers_free(&w);
}

static void
test_bounded_by_number(void **state)
{
	struct workers *w = workers_new();
	unsigned taken = 0;
	struct errand e;

	(void)state;
	runs = frees = 0;
	while (add(w, 0))
		taken++;
	assert_int_equal(taken, 1024);
	for (unsigned i = 0; i < taken; i++) {
		e = take(w);
		errand_clear(&e);
	}
	assert_int_equal(runs, taken);
	assert_true(workers_idle(w));
	workers_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounded_by_bytes),
	    cmocka_unit_test(test_bounded_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
