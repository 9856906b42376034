/*
 * A stranger causes ten lines a second in the log, and one that counts the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/refusals.h"

/* What stands in the log, which is standard error, turned into a file. */
static FILE *file;

static unsigned
lines(const char *with)
{
	char line[1024];
	unsigned n = 0;

	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, with) != NULL;
	return n;
}

static void
test_ten_a_second(void **state)
{
	struct refusals r = {0};
	const int64_t start = 1000 * CLOCK_SECOND;

	(void)state;
	for (int i = 0; i < 5000; i++)
		refusals_log(&r, start + i, "refused %d", i);
	assert_int_equal(lines("refused "), 10);
	assert_int_equal(lines("more refusals"), 0);
	refusals_tick(&r, start + CLOCK_SECOND / 2);
	assert_int_equal(lines("more refusals"), 0);
	refusals_tick(&r, start + CLOCK_SECOND);
	assert_int_equal(lines("4990 more refusals"), 1);
	refusals_log(&r, start + CLOCK_SECOND + 1, "refused %d", 1);
	assert_int_equal(lines("refused "), 11);
	refusals_tick(&r, start + 5 * CLOCK_SECOND);
	assert_int_equal(lines("more refusals"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ten_a_second)};

	file = tmpfile();
	if (file == NULL || dup2(fileno(file), STDERR_FILENO) < 0)
		return 1;
	log_init("test", LOG_HUMAN, LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
