/*
 * Times are written as Go writes them and read as RFC 3339 has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void
formats(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {INT64_C(1764000000) * CLOCK_SECOND + 123456789, "2025-11-24T16:00:00.123456789Z"},
	    {INT64_C(1764000000) * CLOCK_SECOND + 100000000, "2025-11-24T16:00:00.1Z"},
	    {INT64_C(1709164800) * CLOCK_SECOND, "2024-02-29T00:00:00Z"},
	    {-1, "1969-12-31T23:59:59.999999999Z"},
	    {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[CLOCK_TEXT];
		int64_t again = 0;

		clock_format(cases[i].ns, text);
		assert_string_equal(text, cases[i].text);
		if (cases[i].ns == INT64_MAX)
			continue;
		assert_int_equal(clock_parse(text, strlen(text), &again), 0);
		assert_true(again == cases[i].ns);
	}
}

static void
parses(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} cases[] = {
	    {"1970-01-01T01:00:00+01:00", 0},
	    {"1970-01-01T00:00:10.9999999999Z", 10},
	    {"1969-12-31T23:30:00-00:30", 0},
	    {"2024-02-29T00:00:00Z", 1709164800},
	    {"2023-02-29T00:00:00Z", -1},
	    {"2100-02-29T00:00:00Z", -1},
	    {"2024-13-01T00:00:00Z", -1},
	    {"2024-00-01T00:00:00Z", -1},
	    {"2024-01-32T00:00:00Z", -1},
	    {"2024-01-01T24:00:00Z", -1},
	    {"2024-01-01T00:60:00Z", -1},
	    {"2024-01-01T00:00:60Z", -1},
	    {"2024-01-01T00:00:00", -1},
	    {"2024-01-01T00:00:00.Z", -1},
	    {"2024-01-01T00:00:00+24:00", -1},
	    {"2024-01-01T00:00:00+0100", -1},
	    {"2024-01-01 00:00:00Z", -1},
	    {"2024-01-01T00:00:00Zx", -1},
	    {"9999-01-01T00:00:00Z", -1},
	    {"0001-01-01T00:00:00Z", -1},
	    {"", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ns = -1;
		int rc = clock_parse(cases[i].text, strlen(cases[i].text), &ns);

		assert_int_equal(rc, cases[i].seconds < 0 ? -1 : 0);
		assert_true(rc != 0 || ns / CLOCK_SECOND == cases[i].seconds);
	}
}

static void
count_up(void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)bytes)[i] = (uint8_t)(0xf0 + i);
}

static void
makes_uuids(void **state)
{
	void (*random)(void *, size_t) = clock_source.random;
	char text[UUID_TEXT], other[UUID_TEXT];

	(void)state;
	clock_source.random = count_up;
	uuid_format(text);
	clock_source.random = random;
	assert_string_equal(text, "f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff");
	uuid_format(text);
	uuid_format(other);
	assert_string_not_equal(text, other);
}

static void
moves_on(void **state)
{
	int64_t boot = clock_boot();

	(void)state;
	assert_true(clock_boot() >= boot);
	assert_true(clock_wall() > INT64_C(1700000000) * CLOCK_SECOND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(formats),
	    cmocka_unit_test(parses),
	    cmocka_unit_test(makes_uuids),
	    cmocka_unit_test(moves_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
