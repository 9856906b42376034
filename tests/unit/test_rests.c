/*
 * A set of ids in four words never forgets what was put in, and seldom holds what was not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vaultd/keeper/rests.h"

#define IDS 2000

static void
test_nothing_is_forgotten(void **state)
{
	struct rests all = { { 0 } }, one;
	char id[UUID_TEXT];

	(void)state;
	assert_true(rests_empty(&all));
	for (unsigned i = 0; i < IDS; i++) {
		uuid_format(id);
		rests_add(&all, str_of(id));
		one = (struct rests){ { 0 } };
		rests_add(&one, str_of(id));
		assert_false(rests_empty(&one));
		assert_true(rests_meet(&one, &all));
		assert_true(rests_meet(&all, &one));
	}
}

/* One entity and three groups, held against the change of another entity. */
static void
test_others_seldom_meet(void **state)
{
	unsigned met = 0;
	char id[UUID_TEXT];

	(void)state;
	for (unsigned i = 0; i < IDS; i++) {
		struct rests grant = { { 0 } }, change = { { 0 } };

		for (unsigned k = 0; k < 4; k++) {
			uuid_format(id);
			rests_add(&grant, str_of(id));
		}
		uuid_format(id);
		rests_add(&change, str_of(id));
		met += rests_meet(&grant, &change);
	}
	assert_in_range(met, 0, IDS / 20);
}

static void
test_empty_sets_meet_nothing(void **state)
{
	struct rests none = { { 0 } }, one = { { 0 } };

	(void)state;
	rests_add(&one, str_of("id"));
	assert_false(rests_meet(&none, &one));
	assert_false(rests_meet(&none, &none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_forgotten),
		cmocka_unit_test(test_others_seldom_meet),
		cmocka_unit_test(test_empty_sets_meet_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
