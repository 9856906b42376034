/*
 * An arena gives zeroed bytes until it is full and wipes what it takes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"

#define NO_LIMIT 77

static void
gives_and_wipes(void **state)
{
	struct arena *a = arena_new(5000, 0, NULL);
	size_t mark;
	char *first, *second;

	(void)state;
	first = arena_alloc(a, 3);
	mark = arena_used(a);
	second = arena_alloc(a, 100);
	assert_int_equal((uintptr_t)second % _Alignof(max_align_t), 0);
	memset(first, 'x', 3);
	memset(second, 'y', 100);
	arena_rewind(a, mark);
	assert_ptr_equal(arena_alloc(a, 50), second);
	for (int i = 0; i < 100; i++)
		assert_int_equal(second[i], 0);
	assert_int_equal(first[0], 'x');
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	assert_int_equal(first[0], 0);
	arena_free(a);
	arena_free(NULL);
}

static void
ends_where_it_is_full(void **state)
{
	struct arena *a = arena_new(4096, 0, NULL);

	(void)state;
	assert_null(arena_alloc(a, 4097));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_non_null(arena_alloc(a, 4096));
	assert_null(arena_alloc(a, 1));
	assert_null(arena_copy(a, str_of("")).at);
	arena_free(a);
}

static void
copies(void **state)
{
	struct arena *a = arena_new(4096, 0, NULL);
	struct str copy = arena_copy(a, str_of("text"));

	(void)state;
	assert_true(str_is(copy, "text"));
	assert_int_equal(copy.at[4], 0);
	arena_free(a);
}

/*
 * Without root's privilege the limit counts; but sanitizers answer mlock themselves, and then
 * there is nothing to check.
 */
static int
lock_refused(void)
{
	static char page[4096];
	const struct rlimit none = {0, 0};
	struct error err = ERROR_INIT;

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
		return 1;
	if (mlock(page, sizeof page) == 0)
		return NO_LIMIT;
	if (arena_new(1 << 20, 1, &err) != NULL || err.code != ERR_IO)
		return 2;
	return strstr(err.text, "RLIMIT_MEMLOCK") != NULL ? 0 : 3;
}

static void
checks_the_lock(void **state)
{
	struct arena *a = arena_new(4096, 1, NULL);
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(lock_refused());
	assert_non_null(a);
	arena_free(a);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_LIMIT)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_and_wipes),
	    cmocka_unit_test(ends_where_it_is_full),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(checks_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
