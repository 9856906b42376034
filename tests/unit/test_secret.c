/*
 * Secrets are kept out of swap, of children and of /proc, and wiped when freed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/reveal.h"
#include "base/secret.h"

#define NO_LIMIT 77

/* In a child, whose region is its own: what run answers. */
static int
in_child(int (*run)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(run());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
fills_and_compares(void **state)
{
	char bytes[] = "key";
	struct secret *a = secret_take(bytes, 3), *b = secret_new(3), *c = secret_new(4);
	size_t len;

	(void)state;
	assert_memory_equal(bytes, "\0\0\0", 3);
	assert_memory_equal(secret_reveal(a, &len), "key", 3);
	assert_int_equal(len, 3);
	assert_memory_equal(secret_reveal(b, NULL), "\0\0\0", 3);
	assert_false(secret_equal(a, b));
	memcpy(secret_fill(b), "key", 3);
	assert_true(secret_equal(a, b));
	memcpy(secret_fill(c), "key", 4);
	assert_false(secret_equal(a, c));
	secret_free(&a);
	secret_free(&b);
	secret_free(&c);
	assert_null(c);
	secret_free(&c);
}

static size_t least;

static void
random_watched(void *bytes, size_t len)
{
	least = len < least ? len : least;
	memset(bytes, 7, len);
}

/* However short, a key is drawn so that it has lain nowhere before. */
static void
draws_keys_from_the_kernel(void **state)
{
	void (*real)(void *, size_t) = clock_source.random;

	(void)state;
	least = SIZE_MAX;
	clock_source.random = random_watched;
	for (size_t len = 0; len < 40; len++) {
		struct secret *s = secret_random(len);
		size_t has = 0;

		secret_reveal(s, &has);
		assert_int_equal(has, len);
		secret_free(&s);
	}
	clock_source.random = real;
	assert_true(least > RANDOM_POOLED);
}

static void
wipes_and_uses_again(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		struct secret *all[1000], *big;
		const uint8_t *old;

		for (int i = 0; i < 1000; i++)
			all[i] = secret_random((size_t)i % 100);
		old = secret_reveal(all[99], NULL);
		for (int i = 0; i < 1000; i++)
			secret_free(&all[i]);
		for (int i = 0; i < 99; i++)
			assert_int_equal(old[i], 0);
		big = secret_new(200 * 1024);
		secret_free(&big);
	}
}

static int
exhaust(void)
{
	close(STDERR_FILENO);
	for (int i = 0; i < 1000; i++)
		secret_new(1024);
	return 0;
}

static int
set_up_twice(void)
{
	close(STDERR_FILENO);
	secret_memory_init(4096, true, false, NULL);
	secret_memory_init(4096, true, false, NULL);
	return 0;
}

static void
ends_the_process_when_full(void **state)
{
	(void)state;
	assert_int_equal(in_child(exhaust), 70);
	assert_int_equal(in_child(set_up_twice), 70);
}

static int
lock_checked(void)
{
	struct error err = ERROR_INIT;

	if (secret_memory_init(4096, false, true, &err) != 0)
		return 1;
	return secret_memory_kind() == SECRET_MLOCK ? 0 : 2;
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
	if (secret_memory_init(1 << 20, false, false, &err) != -1 || err.code != ERR_IO ||
	    strstr(err.text, "RLIMIT_MEMLOCK") == NULL)
		return 2;
	if (secret_memory_init(1 << 20, true, false, NULL) != 0)
		return 3;
	return secret_memory_kind() == SECRET_UNLOCKED ? 0 : 4;
}

static void
checks_the_lock(void **state)
{
	int refused;

	(void)state;
	assert_int_equal(in_child(lock_checked), 0);
	refused = in_child(lock_refused);
	if (refused == NO_LIMIT)
		skip();
	assert_int_equal(refused, 0);
}

/* 0: /proc/self/mem gives the byte at `at`; 1: it does not. */
static int
proc_reads(const void *at)
{
	int fd = open("/proc/self/mem", O_RDONLY);
	char byte;
	ssize_t n = pread(fd, &byte, 1, (off_t)(uintptr_t)at);

	close(fd);
	return n == 1 ? 0 : 1;
}

static void
hides_from_proc(void **state)
{
	struct secret *s = secret_random(32);
	static const char control = 'x';

	(void)state;
	assert_int_equal(proc_reads(&control), 0);
	if (secret_memory_kind() != SECRET_MEMFD) {
		secret_free(&s);
		skip();
	}
	assert_int_equal(proc_reads(secret_reveal(s, NULL)), 1);
	secret_free(&s);
}

static struct secret *kept;

/* write(2) reads the byte for us: it fails where nothing is mapped. */
static int
look_from_child(void)
{
	int pipe_ends[2];

	if (pipe(pipe_ends) != 0)
		return 2;
	return write(pipe_ends[1], secret_reveal(kept, NULL), 1) == -1 ? 0 : 1;
}

static void
is_not_inherited(void **state)
{
	(void)state;
	kept = secret_random(32);
	assert_int_equal(in_child(look_from_child), 0);
	secret_free(&kept);
}

static void *
churn(void *unused)
{
	for (int i = 0; i < 2000; i++) {
		struct secret *a = secret_random(32), *b = secret_new(48);
		size_t len;

		secret_reveal(a, &len);
		assert_int_equal(len, 32);
		secret_free(&a);
		secret_free(&b);
	}
	return unused;
}

static void
serves_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fills_and_compares),
	    cmocka_unit_test(draws_keys_from_the_kernel),
	    cmocka_unit_test(wipes_and_uses_again),
	    cmocka_unit_test(ends_the_process_when_full),
	    cmocka_unit_test(checks_the_lock),
	    cmocka_unit_test(hides_from_proc),
	    cmocka_unit_test(is_not_inherited),
	    cmocka_unit_test(serves_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
