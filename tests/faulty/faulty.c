/*
 * What vaultd is linked with so that a story rules its memory and its clock, in its children too.
 * They obey the file `control` beside the program, mapped before any door is locked; without that
 * file all is as ever.  The story writes it: tests/faulty.py.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/slab.h"

enum role { MAIN, KEEPER, GATE, OTHERS, ROLES };

struct control {
	_Atomic uint64_t taken[ROLES]; /* allocations since the start */
	_Atomic uint64_t fails[ROLES]; /* the number of the one that gets nothing; 0: none */
	_Atomic int64_t ahead;         /* seconds that the wall clock goes ahead of the machine's */
};

static struct control idle, *control = &idle;
static enum role role = MAIN;

/* The C library's own names behind malloc(3) and its like. */
void *__libc_malloc(size_t size);                /* NOLINT(bugprone-reserved-identifier) */
void *__libc_calloc(size_t count, size_t size);  /* NOLINT(bugprone-reserved-identifier) */
void *__libc_realloc(void *old, size_t size);    /* NOLINT(bugprone-reserved-identifier) */
void *__real_slab_take(struct slab *s, size_t n); /* NOLINT(bugprone-reserved-identifier) */
void *__wrap_slab_take(struct slab *s, size_t n); /* NOLINT(bugprone-reserved-identifier) */

static enum role
role_of(const char *name)
{
	return strcmp(name, "keeper") == 0 ? KEEPER : strcmp(name, "gate") == 0 ? GATE : OTHERS;
}

static void __attribute__((constructor))
obey(int argc, char **argv)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("control"));
	char *slash;
	void *at;
	int fd;

	if (argc > 2 && strcmp(argv[1], "-child") == 0)
		role = role_of(argv[2]);
	path[n < 0 ? 0 : n] = '\0';
	if ((slash = strrchr(path, '/')) == NULL)
		return;
	memcpy(slash + 1, "control", sizeof("control"));
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0)
		return;
	at = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		control = at;
	close(fd);
}

static int
is_refused(void)
{
	uint64_t n = 1 + atomic_fetch_add(&control->taken[role], 1);

	if (n != atomic_load(&control->fails[role]))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(old, size);
}

/* The locked memory, which is OpenSSL's in the keeper. */
void *
__wrap_slab_take(struct slab *s, size_t n)
{
	return is_refused() ? NULL : __real_slab_take(s, n);
}

/* ---- time ---- */

static int64_t
ahead(void)
{
	return atomic_load_explicit(&control->ahead, memory_order_relaxed);
}

int
clock_gettime(clockid_t id, struct timespec *to)
{
	int rc = (int)syscall(SYS_clock_gettime, id, to);

	if (rc == 0 && id == CLOCK_REALTIME)
		to->tv_sec += ahead();
	return rc;
}

time_t
time(time_t *to)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (to != NULL)
		*to = now.tv_sec;
	return now.tv_sec;
}
