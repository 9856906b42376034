/*
 * Borrowed runs of bytes: compared, cut, read as numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void
compares(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
	    {"", "", 0},
	    {"", "a", -1},
	    {"a", "b", -1},
	    {"ab", "b", -1},
	    {"a", "ab", -1},
	    {"a", "a", 0},
	    {"\177", "\377", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str a = str_of(cases[i].a), b = str_of(cases[i].b);
		int order = str_compare(a, b), reverse = str_compare(b, a);

		assert_int_equal((order > 0) - (order < 0), cases[i].order);
		assert_int_equal((reverse > 0) - (reverse < 0), -cases[i].order);
		assert_int_equal(str_equal(a, b), cases[i].order == 0);
		assert_int_equal(str_is(a, cases[i].b), cases[i].order == 0);
	}
	assert_true(str_equal((struct str){NULL, 0}, str_of("")));
}

static void
starts_and_ends(void **state)
{
	struct str s = str_of("secret/data");

	(void)state;
	assert_true(str_starts(s, "secret/") && str_starts(s, "") && str_ends(s, "data"));
	assert_true(
	    str_ends(s, "") && str_starts(s, "secret/data") && str_ends(s, "secret/data"));
	assert_false(str_starts(s, "data") || str_ends(s, "secret"));
	assert_false(str_starts(s, "secret/data/") || str_ends(s, "xsecret/data"));
	assert_true(
	    str_starts((struct str){NULL, 0}, "") && str_ends((struct str){NULL, 0}, ""));
}

static void
cuts(void **state)
{
	static const struct {
		const char *text, *head, *tail;
		bool found;
	} cases[] = {
	    {"a/b/c", "a", "b/c", true},
	    {"/a", "", "a", true},
	    {"a/", "a", "", true},
	    {"abc", "abc", "", false},
	    {"", "", "", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str head, tail;

		assert_int_equal(
		    str_cut(str_of(cases[i].text), '/', &head, &tail), cases[i].found);
		assert_true(str_is(head, cases[i].head) && str_is(tail, cases[i].tail));
	}
}

static void
reads_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		unsigned long long value;
	} cases[] = {
	    {"0", true, 0},
	    {"18446744073709551615", true, 18446744073709551615ull},
	    {"007", true, 7},
	    {"18446744073709551616", false, 0},
	    {"", false, 0},
	    {"-1", false, 0},
	    {"+1", false, 0},
	    {"1 ", false, 0},
	    {"0x1", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned long long value = 0;

		assert_int_equal(str_to_u64(str_of(cases[i].text), &value), cases[i].good);
		assert_true(value == cases[i].value);
	}
}

static void
trims(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} cases[] = {
	    {"", ""},
	    {" \t\r\n", ""},
	    {"a", "a"},
	    {" a b\n", "a b"},
	    {"\n\fa", "\fa"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_true(str_is(str_trim(str_of(cases[i].text)), cases[i].trimmed));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(compares),
	    cmocka_unit_test(starts_and_ends),
	    cmocka_unit_test(cuts),
	    cmocka_unit_test(trims),
	    cmocka_unit_test(reads_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
