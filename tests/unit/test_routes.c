/*
 * From a path to one row of a table, with what its pattern takes of the path.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vaultd/keeper/routes.h"

/* In the table of sys/, whose patterns have every form. */
static const struct found {
	enum operation operation;
	const char *rest;
	const char *pattern; /* NULL: none */
	const char *first;   /* what its first parameter takes */
	bool known;          /* another operation has a row */
} found[] = {
	{ OP_READ, "health", "health", "", true },
	{ OP_WRITE, "health", NULL, "", true },
	{ OP_READ, "health/", NULL, "", false },
	{ OP_READ, "healthy", NULL, "", false },
	{ OP_READ, "", NULL, "", false },
	{ OP_READ, "policies/acl/a", "policies/acl/:name", "a", true },
	{ OP_READ, "policies/acl/a/b", NULL, "", false },
	{ OP_LIST, "policies/acl/", "policies/acl", "", true },
	{ OP_READ, "mounts", "mounts", "", true },
	{ OP_READ, "mounts/a", "mounts/*path", "a", true },
	{ OP_READ, "mounts/a/b", "mounts/*path", "a/b", true },
	{ OP_READ, "mounts/a/", "mounts/*path", "a/", true },
	{ OP_READ, "mounts/a/tune", "mounts/*path/tune", "a", true },
	{ OP_WRITE, "mounts/a/b/tune", "mounts/*path/tune", "a/b", true },
	{ OP_READ, "mounts/tune", "mounts/*path", "tune", true },
	{ OP_READ, "mounts/tune/tune", "mounts/*path/tune", "tune", true },
	{ OP_READ, "mounts/a/atune", "mounts/*path", "a/atune", true },
	{ OP_DELETE, "mounts/a/tune", "mounts/*path", "a/tune", true },
	{ OP_READ, "mounts/", NULL, "", false },
	{ OP_LIST, "leases/lookup/", "leases/lookup/*prefix?", "", true },
	{ OP_LIST, "leases/lookup/a/b/", "leases/lookup/*prefix?", "a/b/", true },
};

static void
find_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(found) / sizeof(*found); i++) {
		const struct found *f = &found[i];
		struct call c = { .operation = f->operation, .rest = str_of(f->rest) };
		bool known;
		const struct route *r = routes_find(&c, MOUNT_SYSTEM, &known);

		print_message("%s %s\n", operation_name(f->operation), f->rest);
		assert_int_equal(known, f->known);
		assert_int_equal(r != NULL, f->pattern != NULL);
		if (r == NULL)
			continue;
		assert_string_equal(r->pattern, f->pattern);
		assert_true(str_is(c.parameter[0], f->first));
	}
}

static void
know_names(void **state)
{
	const struct route r = { .pattern = "a/:one/b/*two?", .fields = "three four" };
	static const struct {
		const char *name;
		bool knows, captures;
	} cases[] = { { "one", false, true }, { "two", false, true }, { "three", true, false },
		{ "four", true, false }, { "a", false, false }, { "two?", false, false },
		{ "thre", false, false }, { "", false, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(route_knows(&r, str_of(cases[i].name)), cases[i].knows);
		assert_int_equal(route_captures(&r, str_of(cases[i].name)), cases[i].captures);
	}
}

/* What help, the API's description and the matcher rely on, of every row of every engine. */
static void
tables_are_whole(void **state)
{
	(void)state;
	for (unsigned type = 0; type < MOUNT_TYPES; type++) {
		assert_non_null(routes_of((enum mount_type)type));
		for (const struct route *r = routes_of((enum mount_type)type); r->pattern != NULL; r++) {
			print_message("%s %s\n", mount_type_name((enum mount_type)type), r->pattern);
			assert_int_not_equal(r->operations, 0);
			assert_non_null(r->run);
			assert_non_null(r->help);
			assert_int_equal(r->exists != NULL, (r->flags & ROUTE_EXISTS) != 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_rows),
		cmocka_unit_test(know_names),
		cmocka_unit_test(tables_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
