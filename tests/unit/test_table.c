/*
 * Names of connections: each finds its own, a used-up one finds nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above */
#include <cmocka.h>

#include "vaultd/gate/conn.h"
#include "vaultd/gate/table.h"

#define CONNS 500

static struct conn conns[CONNS];

static void
finds_by_name(void **unused)
{
	struct conn_name names[CONNS];
	struct table t = {0};

	(void)unused;
	for (int i = 0; i < CONNS; i++)
		names[i] = table_add(&t, &conns[i]);
	assert_int_equal(t.used, CONNS);
	for (int i = 0; i < CONNS; i++)
		assert_ptr_equal(table_find(&t, names[i]), &conns[i]);
	assert_null(table_find(&t, (struct conn_name){t.size, 1}));
	assert_null(table_find(&t, (struct conn_name){t.size - 1, 0}));
	table_free(&t);
}

static void
forgets_used_up_names(void **unused)
{
	struct table t = {0};
	struct conn_name first = table_add(&t, &conns[0]), second;

	(void)unused;
	table_remove(&t, first);
	assert_int_equal(t.used, 0);
	assert_null(table_find(&t, first));
	second = table_add(&t, &conns[1]);
	assert_int_equal(second.number, first.number);
	assert_int_not_equal(second.generation, first.generation);
	assert_null(table_find(&t, first));
	assert_ptr_equal(table_find(&t, second), &conns[1]);
	table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_by_name),
	    cmocka_unit_test(forgets_used_up_names),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
