/*
 * Sets of revoked certificates: added in any order, found, and refused when they are no set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/revoked_set.h"

#define MANY 300

static void
mark(unsigned n, uint8_t out[REVOKED_MARK])
{
	char serial[4] = {(char)(n >> 8), (char)n, 1, 0};

	revoked_mark(str_of("a key"), (struct str){serial, 3}, out);
}

static void
test_marks(void **unused)
{
	uint8_t a[REVOKED_MARK], b[REVOKED_MARK];

	(void)unused;
	revoked_mark(str_of("key"), str_of("1"), a);
	revoked_mark(str_of("key"), str_of("2"), b);
	assert_memory_not_equal(a, b, REVOKED_MARK);
	/* What belongs to the key cannot pass for the serial's. */
	revoked_mark(str_of("ke"), str_of("y1"), b);
	assert_memory_not_equal(a, b, REVOKED_MARK);
}

static void
test_set(void **unused)
{
	struct buf set = BUF_INIT, heap = BUF_INIT;
	uint8_t m[REVOKED_MARK];

	(void)unused;
	for (unsigned n = 0; n < MANY; n++) {
		mark(n, m);
		assert_false(revoked_set_holds(buf_str(&set), m));
		revoked_set_add(&set, m);
		revoked_set_add(&set, m);
		buf_put(&heap, m, sizeof(m));
		buf_put(&heap, m, sizeof(m));
		assert_true(revoked_set_holds(buf_str(&set), m));
	}
	assert_int_equal(set.len, MANY * REVOKED_MARK);
	mark(MANY, m);
	assert_false(revoked_set_holds(buf_str(&set), m));
	assert_true(revoked_set_check(buf_str(&set)));
	assert_false(revoked_set_check(buf_str(&heap)));
	revoked_set_sort(&heap);
	assert_true(str_equal(buf_str(&heap), buf_str(&set)));
	assert_true(revoked_set_check((struct str){NULL, 0}));
	assert_false(revoked_set_check((struct str){(char *)set.data, set.len - 1}));
	assert_false(revoked_set_holds((struct str){NULL, 0}, m));
	buf_free(&heap);
	revoked_set_sort(&heap);
	buf_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
