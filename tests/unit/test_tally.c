/*
 * Counts by key: exact up to the cap, gone when given back, whatever else is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above */
#include <cmocka.h>
#include <string.h>

#include "vaultd/gate/tally.h"

#define KEYS 1000

static void
keeps_the_cap(void **unused)
{
	struct tally *t = tally_new();
	struct tally_entry *a = tally_take(t, "a", 1, 2), *again = tally_take(t, "a", 1, 2);

	(void)unused;
	assert_non_null(a);
	assert_ptr_equal(a, again);
	assert_null(tally_take(t, "a", 1, 2));
	assert_null(tally_take(t, "b", 1, 0));
	tally_give(t, &a);
	assert_null(a);
	assert_non_null(a = tally_take(t, "a", 1, 2));
	assert_null(tally_take(t, "a", 1, 2));
	tally_give(t, &a);
	tally_give(t, &a);
	tally_give(t, &again);
	tally_free(&t);
	assert_null(t);
}

static void
tells_keys_apart(void **unused)
{
	struct tally *t = tally_new();
	struct tally_entry *short_key = tally_take(t, "a\0b", 1, 1);
	struct tally_entry *long_key = tally_take(t, "a\0b", 3, 1);

	(void)unused;
	assert_non_null(short_key);
	assert_non_null(long_key);
	assert_ptr_not_equal(short_key, long_key);
	tally_give(t, &short_key);
	assert_null(tally_take(t, "a\0b", 3, 1));
	tally_give(t, &long_key);
	tally_free(&t);
}

static void
grows(void **unused)
{
	static struct tally_entry *entries[KEYS];
	struct tally *t = tally_new();

	(void)unused;
	for (uint32_t i = 0; i < KEYS; i++)
		assert_non_null(entries[i] = tally_take(t, &i, sizeof(i), 1));
	for (uint32_t i = 0; i < KEYS; i++)
		assert_null(tally_take(t, &i, sizeof(i), 1));
	for (uint32_t i = 0; i < KEYS; i += 2)
		tally_give(t, &entries[i]);
	for (uint32_t i = 0; i < KEYS; i++) {
		struct tally_entry *e = tally_take(t, &i, sizeof(i), 1);

		assert_int_equal(e != NULL, i % 2 == 0);
		tally_give(t, &e);
		tally_give(t, &entries[i]);
	}
	tally_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_the_cap),
	    cmocka_unit_test(tells_keys_apart),
	    cmocka_unit_test(grows),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
