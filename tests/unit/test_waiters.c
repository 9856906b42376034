/*
 * Who waits for a record is woken by it, by time, or not at all: each once, in order, and
 * nothing of who has gone stays.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "vaultd/keeper/waiters.h"

#define MANY 10000
#define BEGIN (1000 * CLOCK_SECOND)

static struct waiters *w;

static int
begin(void **state)
{
	(void)state;
	w = waiters_new();
	waiters_tick(w, BEGIN);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	waiters_free(&w);
	return 0;
}

static void
add(uint32_t conn, uint8_t record, int64_t seconds)
{
	struct errand e = {
	    .gate = 1, .conn = {.number = conn}, .until = BEGIN + seconds * CLOCK_SECOND};
	uint8_t id[32] = {[16] = record};

	buf_put_text(&e.payload, "GET");
	waiters_add(w, &e, id);
	assert_null(e.payload.data);
}

static void
wake(uint8_t record)
{
	uint8_t id[32] = {[16] = record};

	waiters_wake(w, id);
}

/* The connections of all that are woken, in order. */
static unsigned
woken(uint32_t *conns)
{
	struct errand e;
	unsigned n = 0;

	while (waiters_take(w, &e)) {
		conns[n++] = e.conn.number;
		errand_clear(&e);
	}
	return n;
}

static void
a_record_wakes_its_own(void **state)
{
	static uint32_t conns[MANY];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		add(i, i % 2, 60);
	assert_int_equal(waiters_count(w), MANY);
	assert_false(waiters_woken(w));
	wake(2);
	assert_false(waiters_woken(w));
	wake(1);
	wake(1);
	assert_int_equal(woken(conns), MANY / 2);
	for (uint32_t i = 0; i < MANY / 2; i++)
		assert_int_equal(conns[i], 2 * i + 1);
	assert_int_equal(waiters_count(w), MANY / 2);
	wake(1);
	assert_false(waiters_woken(w));
}

static void
time_wakes_each_once(void **state)
{
	uint32_t conns[4];

	(void)state;
	add(1, 1, 1);
	add(2, 1, 2);
	add(3, 1, WAITERS_LONGEST / CLOCK_SECOND);
	waiters_tick(w, BEGIN + CLOCK_SECOND / 2);
	assert_false(waiters_woken(w));
	waiters_tick(w, BEGIN + CLOCK_SECOND + CLOCK_SECOND / 2);
	assert_int_equal(woken(conns), 1);
	assert_int_equal(conns[0], 1);
	waiters_tick(w, BEGIN + 3 * CLOCK_SECOND);
	assert_int_equal(woken(conns), 1);
	assert_int_equal(conns[0], 2);
	waiters_tick(w, BEGIN + WAITERS_LONGEST - CLOCK_SECOND);
	assert_false(waiters_woken(w));
	waiters_tick(w, BEGIN + 10 * WAITERS_LONGEST); /* the machine slept */
	assert_int_equal(woken(conns), 1);
	assert_int_equal(waiters_count(w), 0);
}

static void
who_has_gone_is_forgotten(void **state)
{
	uint32_t conns[4];

	(void)state;
	add(1, 1, 60);
	add(2, 1, 60);
	add(3, 1, 60);
	waiters_leave(w, 1, (struct conn_name){2, 0});
	waiters_leave(w, 2, (struct conn_name){3, 0}); /* of another gate */
	waiters_leave(w, 1, (struct conn_name){3, 7}); /* of another generation */
	assert_int_equal(waiters_count(w), 2);
	wake(1);
	waiters_leave(w, 1, (struct conn_name){1, 0}); /* woken, not yet served */
	assert_int_equal(woken(conns), 1);
	assert_int_equal(conns[0], 3);
}

static void
an_end_wakes_all(void **state)
{
	struct errand e;

	(void)state;
	add(1, 1, 60);
	add(2, 2, 60);
	wake(2);
	waiters_end(w);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(waiters_take(w, &e));
		assert_true(e.until != 0 && e.until < BEGIN);
		errand_clear(&e);
	}
	assert_false(waiters_take(w, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_record_wakes_its_own, begin, end),
	    cmocka_unit_test_setup_teardown(time_wakes_each_once, begin, end),
	    cmocka_unit_test_setup_teardown(who_has_gone_is_forgotten, begin, end),
	    cmocka_unit_test_setup_teardown(an_end_wakes_all, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
