/*
 * Where a typed path is cut, and what path of the API comes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/kvpath.h"

#define V2 "\"options\":{\"version\":\"2\"}"

static void
test_cut(void **state)
{
	static const struct {
		const char *arg, *mount, *preflight;
		const char *data; /* NULL: refused */
	} cases[] = {
	    {"secret/a", NULL, NULL, "secret/data/a"},
	    {"secret/a/b", NULL, NULL, "secret/data/a/b"},
	    {"/secret/a/", NULL, NULL, "secret/data/a"},
	    {"secret/", NULL, NULL, "secret/data"},
	    {"secret", NULL, NULL, "secret/data"},
	    {"a/b", "secret", NULL, "secret/data/a/b"},
	    {"a/b", "/team/secret/", NULL, "team/secret/data/a/b"},
	    {"team/kv/a/b", NULL, "{\"path\":\"team/kv/\"," V2 "}", "team/kv/data/a/b"},
	    {"team/kv", NULL, "{\"path\":\"team/kv/\"," V2 "}", "team/kv/data"},
	    {"team/kvx/a", NULL, "{\"path\":\"team/kv/\"," V2 "}", "team/data/kvx/a"},
	    {"old/a", NULL, "{\"path\":\"old/\",\"options\":{\"version\":\"1\"}}", "old/a"},
	    {"old/a", NULL, "{\"path\":\"old/\",\"options\":null}", "old/a"},
	    {"a", "old", "{\"path\":\"old/\",\"options\":{}}", "old/a"},
	    {"", NULL, NULL, NULL},
	    {"/", NULL, NULL, NULL},
	    {"a", "/", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(1024 * 1024, 0, NULL);
		const struct json *preflight = NULL;
		struct kvpath k = KVPATH_INIT;
		struct error err = ERROR_INIT;
		struct buf path = BUF_INIT;
		int rc;

		if (cases[i].preflight != NULL)
			preflight = json_parse(
			    arena, str_of(cases[i].preflight), &json_limits_body, NULL);
		rc = kvpath_cut(&k, cases[i].arg, cases[i].mount, preflight, &err);
		assert_int_equal(rc, cases[i].data != NULL ? 0 : -1);
		if (rc == 0) {
			kvpath_put(&k, "data", &path);
			buf_put_u8(&path, '\0');
			assert_string_equal((const char *)path.data, cases[i].data);
		}
		buf_free(&path);
		kvpath_free(&k);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
