/*
 * Lines of cron fire when cron would fire them; what would never fire is refused; windows open
 * and close on their weekdays.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "vaultd/keeper/cron.h"
#include "vaultd/keeper/windows.h"

static int64_t
at(const char *text)
{
	int64_t wall = 0;

	assert_int_equal(clock_parse(text, strlen(text), &wall), 0);
	return wall;
}

static void
assert_time(const char *what, int64_t is, const char *wanted)
{
	char text[CLOCK_TEXT];

	clock_format(is, text);
	if (strcmp(text, wanted) != 0)
		fail_msg("%s: %s, not %s", what, text, wanted);
}

static const struct {
	const char *line, *after, *next;
} fires[] = {
    {"* * * * *", "2026-11-25T23:59:30Z", "2026-11-26T00:00:00Z"},
    {"* * * * *", "2026-11-25T23:59:00Z", "2026-11-26T00:00:00Z"},
    {"30 3 * * *", "2026-11-25T03:29:59Z", "2026-11-25T03:30:00Z"},
    {"30 3 * * *", "2026-11-25T03:30:00Z", "2026-11-26T03:30:00Z"},
    {"*/20 * * * *", "2026-11-25T10:41:00Z", "2026-11-25T11:00:00Z"},
    {"5-10/5 9-17 * * *", "2026-11-25T17:05:00Z", "2026-11-25T17:10:00Z"},
    {"0,45 0 1 jan *", "2026-01-01T00:00:00Z", "2026-01-01T00:45:00Z"},
    {"0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"},
    /* leap years: 2100 is none */
    {"0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"},
    {"0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
    /* a day of either field, unless one begins with '*' */
    {"0 0 13 * fri", "2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"},
    {"0 0 13 * fri", "2026-11-07T00:00:00Z", "2026-11-13T00:00:00Z"},
    {"0 0 13 * *", "2026-11-01T00:00:00Z", "2026-11-13T00:00:00Z"},
    {"0 0 * * fri", "2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"},
    {"0 0 */2 * fri", "2026-11-01T00:00:00Z", "2026-11-13T00:00:00Z"},
    /* Sunday twice */
    {"0 0 * * 7", "2026-11-25T00:00:00Z", "2026-11-29T00:00:00Z"},
    {"0 0 * * 0", "2026-11-25T00:00:00Z", "2026-11-29T00:00:00Z"},
    {"0 0 * * Mon-WED", "2026-11-26T00:00:00Z", "2026-11-30T00:00:00Z"},
    {"0 0 * * 5-7", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"},
    {"  0   12  *  *  *  ", "2026-11-26T00:00:00Z", "2026-11-26T12:00:00Z"},
};

static void
it_fires(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fires) / sizeof(*fires); i++) {
		struct error err = ERROR_INIT;
		struct cron c;

		if (cron_parse(str_of(fires[i].line), &c, &err) != 0)
			fail_msg("%s: %s", fires[i].line, err.text);
		assert_time(fires[i].line, cron_next(&c, at(fires[i].after)), fires[i].next);
	}
}

static void
it_is_refused(void **state)
{
	static const char *const lines[] = {"", "* * * *", "* * * * * *", "60 * * * *",
	    "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8", "-1 * * * *",
	    "1- * * * *", "5-1 * * * *", "*/0 * * * *", "*/99 * * * *", "5/10 * * * *",
	    ", * * * *", "1,,2 * * * *", "1, * * * *", "x * * * *", "* * * foo *", "** * * * *",
	    "+1 * * * *", "@daily", "0 0 30 2 *", "0 0 31 4,6,9,11 *",
	    "99999999999999999999 * * * *", "0\t0 * * *"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct error err = ERROR_INIT;
		struct cron c;

		if (cron_parse(str_of(lines[i]), &c, &err) == 0)
			fail_msg("\"%s\" was taken", lines[i]);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

/* The year's end of the clock: nothing overflows. */
static void
it_ends(void **state)
{
	struct error err = ERROR_INIT;
	struct cron c;

	(void)state;
	assert_int_equal(cron_parse(str_of("0 0 1 1 *"), &c, &err), 0);
	assert_int_equal(cron_next(&c, INT64_MAX), 0);
}

static const struct {
	const char *window, *when, *next;
} opens[] = {
    {"22:00-04:00", "2026-11-25T12:00:00Z", "2026-11-25T22:00:00Z"},
    {"22:00-04:00", "2026-11-25T22:30:00Z", "2026-11-25T22:30:00Z"},
    {"22:00-04:00", "2026-11-26T03:59:59Z", "2026-11-26T03:59:59Z"},
    {"22:00-04:00", "2026-11-26T04:00:00Z", "2026-11-26T22:00:00Z"},
    {"sun 22:00-04:00", "2026-11-30T03:00:00Z", "2026-11-30T03:00:00Z"},
    {"sun 22:00-04:00", "2026-11-30T04:00:00Z", "2026-12-06T22:00:00Z"},
    {"mon-fri 09:00-17:00", "2026-11-28T10:00:00Z", "2026-11-30T09:00:00Z"},
};

static void
windows_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(opens) / sizeof(*opens); i++) {
		struct windows w = {0};
		struct error err = ERROR_INIT;

		if (windows_add(&w, str_of(opens[i].window), &err) != 0)
			fail_msg("%s: %s", opens[i].window, err.text);
		assert_time(
		    opens[i].window, windows_next(&w, at(opens[i].when)), opens[i].next);
	}
}

static void
windows_are_refused(void **state)
{
	static const char *const texts[] = {"", "22:00", "22:00-22:00", "24:00-01:00",
	    "1:00-02:00", "22:60-23:00", "noon-13:00", "mon", "xyz 10:00-11:00",
	    "mon 10:00-11:00 "};
	struct windows w = {0};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		err = (struct error)ERROR_INIT;
		if (windows_add(&w, str_of(texts[i]), &err) == 0)
			fail_msg("\"%s\" was taken", texts[i]);
	}
	assert_int_equal(windows_next(&w, 5), 5);
	for (unsigned i = 0; i < WINDOWS_MAX; i++)
		assert_int_equal(windows_add(&w, str_of("10:00-11:00"), NULL), 0);
	assert_int_equal(windows_add(&w, str_of("10:00-11:00"), NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_fires),
	    cmocka_unit_test(it_is_refused),
	    cmocka_unit_test(it_ends),
	    cmocka_unit_test(windows_open),
	    cmocka_unit_test(windows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
