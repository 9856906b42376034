/*
 * Flags in all the forms that Go takes, and those it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/flags.h"

static const struct flag own[] = {
    {"mount", FLAG_TEXT, "PATH", NULL, NULL, ""},
    {"cas", FLAG_COUNT, "N", "7", NULL, ""},
    {"ttl", FLAG_TIME, "DURATION", NULL, NULL, ""},
    {"note", FLAG_LIST, "KEY=VALUE", NULL, NULL, ""},
    {"pair", FLAG_PAIRS, "KEY=VALUE", NULL, NULL, ""},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag common[] = {
    {"format", FLAG_TEXT, "FORMAT", "table", "FLAGS_TEST_FORMAT", ""},
    {"force", FLAG_SWITCH, NULL, NULL, NULL, ""},
    {"mount", FLAG_TEXT, "PATH", "shadowed", NULL, ""},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

#define WORDS 8

static int
parse(struct flags *f, const char *const words[WORDS], char **argv, struct error *err)
{
	int argc = 0;

	while (argc < WORDS && words[argc] != NULL) {
		argv[argc] = (char *)(uintptr_t)words[argc];
		argc++;
	}
	return flags_parse(f, own, common, argc, argv, err);
}

static void
test_forms(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *mount, *first;
		unsigned arguments;
		bool force;
	} cases[] = {
	    {{"a"}, NULL, "a", 1, false},
	    {{"-mount=x", "a"}, "x", "a", 1, false},
	    {{"-mount", "x", "a"}, "x", "a", 1, false},
	    {{"--mount=x", "a"}, "x", "a", 1, false},
	    {{"--mount", "x", "a"}, "x", "a", 1, false},
	    {{"a", "-mount=x"}, "x", "a", 1, false},
	    {{"-mount=x", "-mount=y"}, "y", NULL, 0, false},
	    {{"-mount=", "a"}, "", "a", 1, false},
	    {{"-mount=a=b"}, "a=b", NULL, 0, false},
	    {{"-mount", "-force"}, "-force", NULL, 0, false},
	    {{"-force", "a"}, NULL, "a", 1, true},
	    {{"-force=true", "a"}, NULL, "a", 1, true},
	    {{"-force=false", "a"}, NULL, "a", 1, false},
	    {{"-", "a"}, NULL, "-", 2, false},
	    {{"key=-", "-force"}, NULL, "key=-", 1, true},
	    {{"--", "-force"}, NULL, "-force", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		char *argv[WORDS];
		struct flags f;

		assert_int_equal(parse(&f, cases[i].words, argv, &err), 0);
		assert_int_equal(f.count, cases[i].arguments);
		if (cases[i].first != NULL)
			assert_string_equal(f.arguments[0], cases[i].first);
		if (cases[i].mount != NULL)
			assert_string_equal(flags_text(&f, "mount"), cases[i].mount);
		else
			assert_null(flags_text(&f, "mount"));
		assert_int_equal(flags_on(&f, "force"), cases[i].force);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *named;
	} cases[] = {
	    {{"-nothing"}, "nothing"},
	    {{"-nothing=1"}, "nothing"},
	    {{"---mount=x"}, "-mount"},
	    {{"-mount"}, "-mount=PATH"},
	    {{"-force=maybe"}, "-force"},
	    {{"-cas=x"}, "-cas"},
	    {{"-cas=-1"}, "-cas"},
	    {{"-cas=99999999999"}, "-cas"},
	    {{"-ttl=soon"}, "-ttl"},
	    {{"-ttl=-5s"}, "-ttl"},
	    {{"-pair=key"}, "KEY=VALUE"},
	    {{"-pair==value"}, "KEY=VALUE"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		char *argv[WORDS];
		struct flags f;

		assert_int_equal(parse(&f, cases[i].words, argv, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_non_null(strstr(err.text, cases[i].named));
	}
}

/* Given, then the environment, then the row. */
static void
test_precedence(void **state)
{
	static const char *const given[WORDS] = {"-format=json"}, *const none[WORDS] = {NULL};
	struct error err = ERROR_INIT;
	char *argv[WORDS];
	struct flags f;

	(void)state;
	unsetenv("FLAGS_TEST_FORMAT");
	assert_int_equal(parse(&f, none, argv, &err), 0);
	assert_string_equal(flags_text(&f, "format"), "table");
	setenv("FLAGS_TEST_FORMAT", "", 1);
	assert_string_equal(flags_text(&f, "format"), "table");
	setenv("FLAGS_TEST_FORMAT", "yaml", 1);
	assert_string_equal(flags_text(&f, "format"), "yaml");
	assert_int_equal(parse(&f, given, argv, &err), 0);
	assert_string_equal(flags_text(&f, "format"), "json");
	unsetenv("FLAGS_TEST_FORMAT");
}

static void
test_numbers_and_lists(void **state)
{
	static const char *const words[WORDS] = {
	    "-cas=0", "-ttl=2h", "-note=a=1", "-note", "b=2", "rest"};
	static const char *const none[WORDS] = {NULL};
	struct error err = ERROR_INIT;
	char *argv[WORDS];
	struct flags f;

	(void)state;
	assert_int_equal(parse(&f, words, argv, &err), 0);
	assert_int_equal(flags_count(&f, "cas", 3), 0);
	assert_int_equal(flags_seconds(&f, "ttl", 3), 7200);
	assert_string_equal(flags_item(&f, "note", 0), "a=1");
	assert_string_equal(flags_item(&f, "note", 1), "b=2");
	assert_null(flags_item(&f, "note", 2));
	assert_int_equal(parse(&f, none, argv, &err), 0);
	assert_int_equal(flags_count(&f, "cas", 3), 7);
	assert_int_equal(flags_seconds(&f, "ttl", 3), 3);
	assert_null(flags_item(&f, "note", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_precedence),
	    cmocka_unit_test(test_numbers_and_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
