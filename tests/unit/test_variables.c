/*
 * Fields of several secrets become one set, and that an environment; nothing is overwritten,
 * and no variable that steers programs is set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/values.h"
#include "client/variables.h"

#define MOST 3

static int
join(struct values *v, const char *const *texts, struct error *err)
{
	static const char *const names[MOST] = {"secret/a", "secret/b", "secret/c"};
	struct value_source sources[MOST] = {{NULL, BUF_INIT}};
	unsigned count = 0;
	int rc;

	for (; count < MOST && texts[count] != NULL; count++) {
		sources[count].secret = names[count];
		buf_put_text(&sources[count].text, texts[count]);
	}
	rc = values_join(v, sources, count, err);
	while (count-- > 0)
		buf_free(&sources[count].text);
	return rc;
}

static void
test_joins(void **state)
{
	static const struct {
		const char *texts[MOST];
		const char *joined, *said;
	} cases[] = {
	    {{"{}"}, "{}", NULL},
	    {{"{\"a\":\"1\",\"b\":2}"}, "{\"a\":\"1\",\"b\":2}", NULL},
	    {{"{\"a\":\"1\"}", "{}", "{\"b\":[true]}"}, "{\"a\":\"1\",\"b\":[true]}", NULL},
	    {{"{\"a\":\"1\"}", "{\"b\":1}", "{\"a\":\"1\"}"}, NULL,
		"both secret/a and secret/c have a field a"},
	    {{"{\"a\":\"1\"}", "{\"b\":"}, NULL, "secret/b: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		struct values v;

		if (join(&v, cases[i].texts, &err) != 0) {
			assert_non_null(cases[i].said);
			assert_non_null(strstr(err.text, cases[i].said));
		} else {
			assert_non_null(cases[i].joined);
			assert_true(str_is(buf_str(&v.text), cases[i].joined));
		}
		values_free(&v);
	}
}

static char home[] = "HOME=/", taken[] = "TAKEN=";
static char *const base[] = {home, taken, NULL};

static void
test_variables(void **state)
{
	static const struct {
		const char *fields, *prefix;
		const char *set[MOST]; /* none: refused */
		const char *said;
	} cases[] = {
	    {"{\"user\":\"a\",\"api-key\":\"k=v\\n\",\"n\":[1]}", "",
		{"USER=a", "API_KEY=k=v\n", "N=[1]"}, NULL},
	    {"{\"9\":\"x\",\"path\":\"y\",\"taken\":\"z\"}", "DB_",
		{"DB_9=x", "DB_PATH=y", "DB_TAKEN=z"}, NULL},
	    {"{\"ta\":\"\"}", "", {"TA="}, NULL},
	    {"{\"taken\":\"hunter2\"}", "", {NULL}, "has TAKEN already"},
	    {"{\"a-b\":\"hunter2\",\"A.B\":\"hunter2\"}", "", {NULL}, "both be A_B"},
	    {"{\"\":\"hunter2\"}", "DB_", {NULL}, "without name"},
	    {"{\"9\":\"hunter2\"}", "", {NULL}, "digit"},
	    {"{\"a\":\"hunter2\"}", "9", {NULL}, "digit"},
	    {"{\"a\":\"hunter2\"}", "A=", {NULL}, "-prefix"},
	    {"{\"a\":\"hunter2\\u0000\"}", "", {NULL}, "zero byte"},
	    {"{\"path\":\"hunter2\"}", "", {NULL}, "PATH, which steers"},
	    {"{\"ld-preload\":\"hunter2\"}", "", {NULL}, "LD_PRELOAD, which steers"},
	    {"{\"preload\":\"hunter2\"}", "LD_", {NULL}, "LD_PRELOAD, which steers"},
	    {"{\"pythonpath\":\"hunter2\"}", "", {NULL}, "steers"},
	    {"{\"bash_env\":\"hunter2\"}", "", {NULL}, "steers"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(64 * 1024, 0, NULL);
		const struct json *fields =
		    json_parse(arena, str_of(cases[i].fields), &json_limits_body, NULL);
		struct error err = ERROR_INIT;
		struct variables v;
		unsigned n = 0;

		if (variables_make(&v, fields, cases[i].prefix, base, &err) == 0) {
			assert_ptr_equal(v.env[0], home);
			for (; n < MOST && cases[i].set[n] != NULL; n++)
				assert_string_equal(v.env[2 + n], cases[i].set[n]);
			assert_null(v.env[2 + n]);
			assert_true(n > 0);
		} else {
			if (cases[i].said == NULL || strstr(err.text, cases[i].said) == NULL)
				fail_msg("case %zu: %s", i, err.text);
			assert_null(strstr(err.text, "hunter2"));
		}
		variables_free(&v);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_joins),
	    cmocka_unit_test(test_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
