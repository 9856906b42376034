/*
 * Blocks of a region do not overlap, come zeroed and aligned, and leave nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/slab.h"

#define SIZE ((size_t)64 * 4096)
#define BLOCKS 2000

static _Alignas(4096) uint8_t region[SIZE];

static void
assert_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_int_equal(bytes[i], 0);
}

static void
gives_room(void **state)
{
	struct slab *s = slab_new(region, SIZE);

	(void)state;
	for (size_t size = 0; size < 20000; size += 7) {
		uint8_t *block = slab_take(s, size);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % 16, 0);
		assert_true(slab_room(s, block) >= size);
		assert_true(slab_room(s, block) <= 64 + 2 * size || size > 2048);
		assert_int_equal(slab_used(s), slab_room(s, block));
		assert_true(slab_owns(s, block));
		assert_zero(block, slab_room(s, block));
		memset(block, 0xff, slab_room(s, block));
		slab_give(s, block);
		assert_int_equal(slab_used(s), 0);
	}
	assert_false(slab_owns(s, region + SIZE));
	assert_false(slab_owns(s, &s));
	assert_zero(region, SIZE);
	slab_free(&s);
}

/* Each block is filled with a byte of its own, which is there when it is given back. */
static void
keeps_blocks_apart(void **state)
{
	struct slab *s = slab_new(region, SIZE);
	struct {
		uint8_t *at;
		size_t size;
	} blocks[BLOCKS] = {0};
	unsigned refused = 0;

	(void)state;
	srandom(1);
	for (unsigned round = 0; round < 50000; round++) {
		size_t i = (size_t)random() % BLOCKS, most = random() % 50 == 0 ? 9000 : 600;
		uint8_t *at = blocks[i].at;

		if (at != NULL) {
			for (size_t n = 0; n < blocks[i].size; n++)
				assert_int_equal(at[n], i & 0xff);
			slab_give(s, at);
			blocks[i].at = NULL;
			continue;
		}
		blocks[i].size = (size_t)random() % most;
		blocks[i].at = slab_take(s, blocks[i].size);
		if (blocks[i].at == NULL) {
			refused++;
			continue;
		}
		assert_zero(blocks[i].at, blocks[i].size);
		memset(blocks[i].at, (int)(i & 0xff), blocks[i].size);
	}
	assert_true(refused > 0); /* it was full at times */
	for (size_t i = 0; i < BLOCKS; i++)
		if (blocks[i].at != NULL)
			slab_give(s, blocks[i].at);
	assert_int_equal(slab_used(s), 0);
	assert_zero(region, SIZE);
	slab_give(s, slab_take(s, SIZE)); /* all of it in one piece */
	assert_null(slab_take(s, SIZE + 1));
	slab_free(&s);
}

static void
refuses_when_full(void **state)
{
	static const size_t sizes[] = {1, 16, 100, 1000, 1361, 2048, 2049, 4096, 10000};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct slab *s = slab_new(region, SIZE);
		size_t taken = 0;

		while (slab_take(s, sizes[i]) != NULL)
			taken++;
		assert_true(taken * (sizes[i] + sizes[i] / 2 + 16) >= SIZE * 3 / 4);
		assert_null(slab_take(s, sizes[i]));
		slab_free(&s);
		memset(region, 0, SIZE);
	}
}

/* Our own mistake: it ends the process. */
static void
knows_its_own(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	if (child == 0) {
		close(STDERR_FILENO);
		slab_give(slab_new(region, SIZE), region + 4096);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 70);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_room),
	    cmocka_unit_test(keeps_blocks_apart),
	    cmocka_unit_test(refuses_when_full),
	    cmocka_unit_test(knows_its_own),
	};

	return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
