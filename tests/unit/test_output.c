/*
 * Tables, lists, titles, fields and JSON as they reach the screen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/output.h"

#define ARENA (1024 * 1024)

enum shape { TABLE, SORTED, LIST, PRETTY };

static void
put(struct buf *out, enum shape shape, const struct json *tree)
{
	switch (shape) {
	case TABLE:
	case SORTED:
		output_put_table(out, tree, shape == SORTED);
		break;
	case LIST:
		output_put_list(out, tree);
		break;
	case PRETTY:
		output_put_json(out, tree);
		break;
	}
}

static void
test_shapes(void **state)
{
	static const struct {
		enum shape shape;
		const char *json, *text;
	} cases[] = {
	    {TABLE, "{\"b\":1,\"a\":\"x\"}",
		"Key    Value\n---    -----\nb      1\na      x\n"},
	    {SORTED, "{\"b\":1,\"a\":\"x\"}",
		"Key    Value\n---    -----\na      x\nb      1\n"},
	    {SORTED, "{\"custom_metadata\":null,\"destroyed\":false}",
		"Key                Value\n---                -----\n"
		"custom_metadata    <nil>\ndestroyed          false\n"},
	    {TABLE, "{\"k\":[1,\"b\",[]],\"m\":{\"x\":\"1\",\"y\":2}}",
		"Key    Value\n---    -----\nk      [1 b []]\nm      map[x:1 y:2]\n"},
	    {TABLE, "{\"n\":9007199254740993}",
		"Key    Value\n---    -----\nn      9007199254740993\n"},
	    {TABLE, "{\"\\u001b[2J\":\"a\\u001b]0;\\u0007b\\nc\"}",
		"Key     Value\n---     -----\n\\x1b[2J    a\\x1b]0;\\x07b\nc\n"},
	    {TABLE, "{\"deletion_time\":\"\"}",
		"Key              Value\n---              -----\ndeletion_time    n/a\n"},
	    {TABLE, "{}", "Key    Value\n---    -----\n"},
	    {LIST, "[\"a\",\"dir/\"]", "Keys\n----\na\ndir/\n"},
	    {PRETTY, "{\"a\":{\"b\":[1,\"2\",{}],\"c\":[]},\"d\":1.0}",
		"{\n  \"a\": {\n    \"b\": [\n      1,\n      \"2\",\n      {}\n    ],\n"
		"    \"c\": []\n  },\n  \"d\": 1.0\n}\n"},
	    {PRETTY, "[]", "[]\n"},
	    {PRETTY, "\"q\\\"\"", "\"q\\\"\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(ARENA, 0, NULL);
		struct buf out = BUF_INIT;

		put(&out, cases[i].shape,
		    json_parse(arena, str_of(cases[i].json), &json_limits_body, NULL));
		buf_put_u8(&out, '\0');
		assert_string_equal((const char *)out.data, cases[i].text);
		buf_free(&out);
		arena_free(arena);
	}
}

static void
test_titles(void **state)
{
	static const struct {
		const char *title, *json, *text;
	} cases[] = {
	    {"Metadata", "{\"custom_metadata\":1}", "======= Metadata =======\n"},
	    {"Data", "{\"passcode\":1}", "====== Data ======\n"},
	    {"Data", "{\"a\":1}", "=== Data ===\n"},
	    {"A long title", "{\"a\":1}", "== A long title ==\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(ARENA, 0, NULL);
		struct buf out = BUF_INIT;

		output_put_title(&out, cases[i].title,
		    json_parse(arena, str_of(cases[i].json), &json_limits_body, NULL));
		buf_put_u8(&out, '\0');
		assert_string_equal((const char *)out.data, cases[i].text);
		buf_free(&out);
		arena_free(arena);
	}
}

/* A field is bare; one that is absent or null is an error that names it. */
static void
test_fields(void **state)
{
	static const char json[] = "{\"key\":\"a\\nb\",\"n\":5,\"l\":[1,\"x\"],\"none\":null}";
	static const struct {
		const char *field, *text;
	} cases[] = {
	    {"key", "a\nb"},
	    {"n", "5"},
	    {"l", "[1,\"x\"]"},
	    {"none", NULL},
	    {"absent", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(ARENA, 0, NULL);
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT;
		int rc = output_put_field(&out,
		    json_parse(arena, str_of(json), &json_limits_body, NULL), cases[i].field,
		    &err);

		assert_int_equal(rc, cases[i].text != NULL ? 0 : -1);
		if (cases[i].text == NULL)
			assert_non_null(strstr(err.text, cases[i].field));
		else
			assert_memory_equal(out.data, cases[i].text, strlen(cases[i].text));
		buf_free(&out);
		arena_free(arena);
	}
}

static void
test_columns(void **state)
{
	static const struct column columns[] = {
	    {"Path", NULL},
	    {"Type", "type"},
	    {"TTL", "config.ttl"},
	    {"Description", "description"},
	    {NULL, NULL},
	};
	static const struct {
		const char *json, *text;
	} cases[] = {
	    {"{}", "Path    Type    TTL    Description\n"
		   "----    ----    ---    -----------\n"},
	    {"{\"secret/"
	     "\":{\"type\":\"kv\",\"config\":{\"ttl\":3600},\"description\":\"a\\u001b\"},"
	     "\"t/\":{\"type\":\"transit\",\"config\":null,\"description\":\"\"}}",
		"Path       Type       TTL     Description\n"
		"----       ----       ---     -----------\n"
		"secret/    kv         3600    a\\x1b\n"
		"t/         transit    n/a     n/a\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(ARENA, 0, NULL);
		struct buf out = BUF_INIT;

		output_put_columns(&out, columns,
		    json_parse(arena, str_of(cases[i].json), &json_limits_body, NULL));
		buf_put_u8(&out, '\0');
		assert_string_equal((const char *)out.data, cases[i].text);
		buf_free(&out);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_titles),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
