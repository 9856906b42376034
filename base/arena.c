/*
 * One region for the request that is being run.  In the keeper it holds bodies and plaintext,
 * locked; elsewhere configuration and command output.
 * Security: memory behind `used` is always zero: the kernel gives it so and every step back
 * wipes.  Hence allocation never clears, and nothing of a request outlives its reset.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/secret.h"

#define ALIGN ((size_t)16)

struct arena {
	uint8_t *base;
	size_t size; /* a multiple of ALIGN, as used is */
	size_t used;
};

static int
lock_region(const struct arena *a, struct error *err)
{
	if (mlock(a->base, a->size) == 0)
		return 0;
	return error_set_errno(err,
	    "cannot lock %zu KiB of memory; raise RLIMIT_MEMLOCK (ulimit -l, LimitMEMLOCK=)",
	    a->size / 1024);
}

struct arena *
arena_new(size_t size, int lock, struct error *err)
{
	struct arena *a = calloc(1, sizeof *a);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (a == NULL)
		fatal("out of memory");
	a->size = (size + page - 1) / page * page;
	a->base =
	    mmap(NULL, a->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a->base == MAP_FAILED)
		fatal("out of memory");
	if (madvise(a->base, a->size, MADV_DONTDUMP) != 0 ||
	    madvise(a->base, a->size, MADV_DONTFORK) != 0)
		fatal("cannot keep an arena out of core dumps and children");
	if (lock && lock_region(a, err) != 0) {
		arena_free(a);
		return NULL;
	}
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	munmap(a->base, a->size);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *at = a->base + a->used;

	if (size > a->size - a->used)
		return NULL;
	a->used += (size + ALIGN - 1) / ALIGN * ALIGN;
	return at;
}

struct str
arena_copy(struct arena *a, struct str s)
{
	char *at = s.len == SIZE_MAX ? NULL : arena_alloc(a, s.len + 1);

	if (at == NULL)
		return (struct str){NULL, 0};
	if (s.len > 0)
		memcpy(at, s.at, s.len);
	return (struct str){at, s.len};
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

void
arena_rewind(struct arena *a, size_t mark)
{
	if (mark > a->used)
		fatal("an arena is rewound to where it never was");
	wipe(a->base + mark, a->used - mark);
	a->used = mark;
}

void
arena_reset(struct arena *a)
{
	arena_rewind(a, 0);
}
