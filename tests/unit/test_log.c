/*
 * A line is one line, whatever was put into it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

/* What run writes to standard error in a child, terminated; its exit status in *status. */
static void
capture(void (*run)(void), char *text, size_t size, int *status)
{
	int ends[2];
	size_t len = 0;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		run();
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, status, 0), child);
}

static int64_t
fixed(void)
{
	return INT64_C(1764000000) * CLOCK_SECOND + 5;
}

static void
say(enum log_format format)
{
	clock_source.wall = fixed;
	log_init("gate[0]", format, LOG_LEVEL_INFO);
	log_info("%s", "a\n\"\\\x1b[2J\xff\xc3\xa9\xe2\x80\xae");
	log_debug("unseen");
}

static void
human(void)
{
	unsetenv("JOURNAL_STREAM");
	say(LOG_HUMAN);
}

static void
json(void)
{
	say(LOG_JSON);
}

static void
journal(void)
{
	setenv("JOURNAL_STREAM", "1:2", 1);
	say(LOG_HUMAN);
}

static void
long_line(void)
{
	static char text[9000];

	unsetenv("JOURNAL_STREAM");
	memset(text, '\n', sizeof text - 1);
	log_init("p", LOG_JSON, LOG_LEVEL_INFO);
	log_error("%s", text);
}

static void
die(void)
{
	unsetenv("JOURNAL_STREAM");
	fatal("no %s", "way");
}

#define ESCAPED "a\\x0a\"\\\\x1b[2J\\xff\xc3\xa9\\xe2\\x80\\xae\n"

static void
writes_each_form(void **state)
{
	char text[9000];
	int status;

	(void)state;
	capture(human, text, sizeof text, &status);
	assert_string_equal(text, "2025-11-24T16:00:00Z info gate[0]: " ESCAPED);
	capture(journal, text, sizeof text, &status);
	assert_string_equal(text, "<6>info gate[0]: " ESCAPED);
	capture(json, text, sizeof text, &status);
	assert_string_equal(text,
	    "{\"time\":\"2025-11-24T16:00:00Z\",\"level\":\"info\","
	    "\"process\":\"gate[0]\",\"message\":\"a\\\\x0a\\\"\\\\\\\\x1b[2J\\\\xff\xc3\xa9"
	    "\\\\xe2\\\\x80\\\\xae\"}\n");
}

static void
bounds_the_line(void **state)
{
	char text[20000];
	int status;

	(void)state;
	capture(long_line, text, sizeof text, &status);
	assert_in_range(strlen(text), 4000, 4096);
	assert_string_equal(text + strlen(text) - 3, "\"}\n");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void
ends_with_its_reason(void **state)
{
	char text[9000];
	int status;

	(void)state;
	capture(die, text, sizeof text, &status);
	assert_int_equal(WEXITSTATUS(status), 70);
	assert_non_null(strstr(text, "error vaultd: no way\n"));
}

static void
keeps_the_first_error(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set(&err, ERR_DENIED, "first %d", 1), -1);
	error_set(&err, ERR_INVALID, "second");
	error_prefix(&err, "%s: ", "file");
	assert_int_equal(err.code, ERR_DENIED);
	assert_string_equal(err.text, "file: first 1");
	error_clear(&err);
	errno = ENOSPC;
	error_set_errno(&err, "write");
	assert_int_equal(err.code, ERR_FULL);
	assert_string_equal(err.text, "write: No space left on device");
	assert_int_equal(error_set(NULL, ERR_INVALID, "unheard"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_each_form),
	    cmocka_unit_test(bounds_the_line),
	    cmocka_unit_test(ends_with_its_reason),
	    cmocka_unit_test(keeps_the_first_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
