/*
 * One canonicaliser for every path: what is refused is refused before any rule is matched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vaultd/keeper/target.h"

static struct arena *arena;

static const struct good {
	enum method method;
	const char *raw;
	enum operation operation;
	const char *path;
	const char *query; /* "name=value;" in order */
} good[] = {
	{ METHOD_GET, "/v1/secret/data/a", OP_READ, "secret/data/a", "" },
	{ METHOD_HEAD, "/v1/sys/health", OP_READ, "sys/health", "" },
	{ METHOD_GET, "/v1/", OP_READ, "", "" },
	{ METHOD_POST, "/v1/a", OP_WRITE, "a", "" },
	{ METHOD_PUT, "/v1/a", OP_WRITE, "a", "" },
	{ METHOD_PATCH, "/v1/a", OP_PATCH, "a", "" },
	{ METHOD_DELETE, "/v1/a/", OP_DELETE, "a/", "" },
	{ METHOD_LIST, "/v1/a", OP_LIST, "a/", "" },
	{ METHOD_LIST, "/v1/a/", OP_LIST, "a/", "" },
	{ METHOD_SCAN, "/v1/a", OP_SCAN, "a/", "" },
	{ METHOD_HELP, "/v1/a", OP_HELP, "a", "" },
	{ METHOD_GET, "/v1/a?list=true", OP_LIST, "a/", "" },
	{ METHOD_GET, "/v1/a?list=1&after=x", OP_LIST, "a/", "after=x;" },
	{ METHOD_GET, "/v1/a?list=false", OP_READ, "a", "" },
	{ METHOD_GET, "/v1/a?scan=T", OP_SCAN, "a/", "" },
	{ METHOD_GET, "/v1/a?help=1", OP_HELP, "a", "" },
	{ METHOD_DELETE, "/v1/a?list=true", OP_DELETE, "a", "list=true;" },
	{ METHOD_GET, "/v1/a?version=2&x=%20+y", OP_READ, "a", "version=2;x=  y;" },
	{ METHOD_GET, "/v1/a?flag", OP_READ, "a", "flag=;" },
	{ METHOD_GET, "/v1/a%20b%2Bc+d", OP_READ, "a b+c+d", "" },
	{ METHOD_GET, "/v1/a%2Fb", OP_READ, "a/b", "" },
	{ METHOD_GET, "/v1/%C3%A9", OP_READ, "\xc3\xa9", "" },
	{ METHOD_GET, "/v1/..a/b..", OP_READ, "..a/b..", "" },
};

static const struct bad {
	enum method method;
	const char *raw;
	unsigned status;
	const char *text;
} bad[] = {
	{ METHOD_GET, "/", 404, "" },
	{ METHOD_GET, "/v1", 404, "" },
	{ METHOD_GET, "/v2/a", 404, "" },
	{ METHOD_OTHER, "/v1/a", 405, "" },
	{ METHOD_OPTIONS, "/v1/a", 405, "" },
	{ METHOD_GET, "/v1/a/../b", 400, "relative paths not supported" },
	{ METHOD_GET, "/v1/..", 400, "relative paths not supported" },
	{ METHOD_GET, "/v1/./a", 400, "relative paths not supported" },
	{ METHOD_GET, "/v1/a/.", 400, "relative paths not supported" },
	{ METHOD_GET, "/v1/a/%2e%2e/b", 400, "relative paths not supported" },
	{ METHOD_GET, "/v1/a%2f..%2fb", 400, "relative paths not supported" },
	{ METHOD_GET, "/v1//a", 400, "" },
	{ METHOD_GET, "/v1/a//b", 400, "" },
	{ METHOD_GET, "/v1/a%2f%2fb", 400, "" },
	{ METHOD_GET, "/v1/a%2f/", 400, "" },
	{ METHOD_GET, "/v1/a%00", 400, "" },
	{ METHOD_GET, "/v1/a%0a", 400, "" },
	{ METHOD_GET, "/v1/a%7f", 400, "" },
	{ METHOD_GET, "/v1/a%", 400, "" },
	{ METHOD_GET, "/v1/a%2", 400, "" },
	{ METHOD_GET, "/v1/a%zz", 400, "" },
	{ METHOD_GET, "/v1/%ff", 400, "" },
	{ METHOD_GET, "/v1/%c0%ae%c0%ae", 400, "" },
	{ METHOD_GET, "/v1/%e2%80%ae", 400, "" },
	{ METHOD_GET, "/v1/a?list=maybe", 400, "" },
	{ METHOD_GET, "/v1/a?list=true&scan=true", 400, "" },
	{ METHOD_GET, "/v1/a?x=1&x=2", 400, "" },
	{ METHOD_GET, "/v1/a?x=%f", 400, "" },
	{ METHOD_POST, "/v1/a/", 400, "cannot write to a path ending in '/'" },
	{ METHOD_PATCH, "/v1/a%2f", 400, "cannot write to a path ending in '/'" },
};

static void
test_targets_that_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		const struct good *g = &good[i];
		struct buf query = BUF_INIT;
		struct target t;
		const char *text;
		unsigned status;

		if (target_read(arena, g->method, str_of(g->raw), &t, &status, &text) != 0)
			fail_msg("%s: refused, %u %s", g->raw, status, text);
		for (const struct json *m = t.query->first; m != NULL; m = m->next)
			buf_printf(&query, "%.*s=%.*s;", STR(m->name), STR(m->text));
		if (t.operation != g->operation || !str_is(t.path, g->path) ||
		    !str_is(buf_str(&query), g->query))
			fail_msg("%s: operation %d, path %.*s, query %.*s", g->raw, t.operation,
			    STR(t.path), STR(buf_str(&query)));
		buf_free(&query);
		arena_reset(arena);
	}
}

static void
test_targets_that_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct bad *b = &bad[i];
		struct target t;
		const char *text;
		unsigned status;

		if (target_read(arena, b->method, str_of(b->raw), &t, &status, &text) == 0)
			fail_msg("%s: read as %.*s", b->raw, STR(t.path));
		if (status != b->status || strcmp(text, b->text) != 0)
			fail_msg("%s: %u \"%s\"", b->raw, status, text);
		arena_reset(arena);
	}
}

static void
test_paths_that_a_body_names(void **state)
{
	static const struct {
		const char *path, *wrong; /* NULL: nothing */
	} cases[] = { { "a/b", NULL }, { "a/", NULL }, { "\xc3\xbc", NULL },
		{ "a/../b", "relative paths not supported" }, { ".", "relative paths not supported" },
		{ "a//b", "" }, { "/a", "" }, { "a\n", "" }, { "\xff", "" },
		{ "\xe2\x80\xae", "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *wrong = target_check_path(str_of(cases[i].path));

		assert_int_equal(wrong != NULL, cases[i].wrong != NULL);
		if (wrong != NULL)
			assert_string_equal(wrong, cases[i].wrong);
	}
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20, 0, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets_that_are_read),
		cmocka_unit_test(test_targets_that_are_refused),
		cmocka_unit_test(test_paths_that_a_body_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
