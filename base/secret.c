/*
 * Secrets and the region they live in.  In the keeper: the master key, the keyring and named
 * keys; in the gate and the client: keys of TLS and of the unseal box.
 *
 * A secret is a block of the region (slab.h): its length, then its bytes.
 * Security: the region is never inherited, dumped or swapped, and a freed block is wiped.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "base/secret.h"
#include "base/slab.h"

#define DEFAULT_SIZE ((size_t)256 * 1024)

/* Until sodium_init has looked at the processor, libsodium uses its slowest code. */
__attribute__((constructor)) static void
choose_implementation(void)
{
	if (sodium_init() < 0)
		fatal("libsodium cannot start");
}

struct secret {
	size_t len;
	_Alignas(16) uint8_t bytes[];
};

static struct {
	struct slab *slab; /* NULL: not set up */
	size_t size;
	enum secret_memory kind;
	pthread_mutex_t lock;
} region = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A child has no region (MADV_DONTFORK): it starts with none. */
static void
forget(void)
{
	slab_free(&region.slab);
	pthread_mutex_init(&region.lock, NULL);
}

static uint8_t *
map_memfd(size_t size)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);
	void *at = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)size) == 0)
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static uint8_t *
map_plain(size_t size, bool *locked)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fatal("out of memory");
	*locked = mlock(at, size) == 0;
	return at;
}

/* Under the lock. */
static int
set_up(size_t size, bool allow_unlocked, bool force_mlock, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	bool locked = true;
	uint8_t *at;

	size = (size + page - 1) / page * page;
	at = force_mlock ? NULL : map_memfd(size);
	region.kind = SECRET_MEMFD;
	if (at == NULL) {
		at = map_plain(size, &locked);
		region.kind = locked ? SECRET_MLOCK : SECRET_UNLOCKED;
	}
	if (!locked && !allow_unlocked) {
		error_set_errno(err,
		    "cannot lock %zu KiB for secrets; raise RLIMIT_MEMLOCK (ulimit -l, "
		    "LimitMEMLOCK=)",
		    size / 1024);
		munmap(at, size);
		return -1;
	}
	if (madvise(at, size, MADV_DONTDUMP) != 0 || madvise(at, size, MADV_DONTFORK) != 0 ||
	    pthread_atfork(NULL, NULL, forget) != 0)
		fatal("cannot keep secrets out of core dumps and children");
	region.slab = slab_new(at, size);
	region.size = size;
	return 0;
}

int
secret_memory_init(size_t size, bool allow_unlocked, bool force_mlock, struct error *err)
{
	int rc;

	if (size == 0 || size > UINT32_MAX / 2)
		fatal("%zu bytes are no size for the region of secrets", size);
	pthread_mutex_lock(&region.lock);
	if (region.slab != NULL)
		fatal("the region of secrets is set up twice");
	rc = set_up(size, allow_unlocked, force_mlock, err);
	pthread_mutex_unlock(&region.lock);
	return rc;
}

/* Under the lock: the region is there afterwards. */
static void
want_region(void)
{
	if (region.slab == NULL)
		set_up(DEFAULT_SIZE, true, false, NULL);
}

enum secret_memory
secret_memory_kind(void)
{
	enum secret_memory kind;

	pthread_mutex_lock(&region.lock);
	want_region();
	kind = region.kind;
	pthread_mutex_unlock(&region.lock);
	return kind;
}

void *
secret_memory_take(size_t size)
{
	void *block = NULL;

	pthread_mutex_lock(&region.lock);
	want_region();
	block = slab_take(region.slab, size);
	if (block == NULL)
		fatal(
		    "no room for %zu bytes in a region of %zu for secrets", size, region.size);
	pthread_mutex_unlock(&region.lock);
	return block;
}

void
secret_memory_give(void *block)
{
	pthread_mutex_lock(&region.lock);
	slab_give(region.slab, block);
	pthread_mutex_unlock(&region.lock);
}

size_t
secret_memory_room(const void *block)
{
	size_t room = 0;

	pthread_mutex_lock(&region.lock);
	if (region.slab != NULL && slab_owns(region.slab, block))
		room = slab_room(region.slab, block);
	pthread_mutex_unlock(&region.lock);
	return room;
}

size_t
secret_memory_used(size_t *size)
{
	size_t used = 0;

	pthread_mutex_lock(&region.lock);
	want_region();
	*size = region.size;
	used = slab_used(region.slab);
	pthread_mutex_unlock(&region.lock);
	return used;
}

struct secret *
secret_new(size_t len)
{
	struct secret *s = NULL;

	if (len > SIZE_MAX - sizeof *s)
		fatal("no secret has %zu bytes", len);
	s = secret_memory_take(sizeof *s + len);
	s->len = len;
	return s;
}

struct secret *
secret_random(size_t len)
{
	size_t drawn = len > RANDOM_POOLED ? len : RANDOM_POOLED + 1;
	struct secret *s = secret_new(drawn);

	random_bytes(s->bytes, drawn);
	wipe(s->bytes + len, drawn - len);
	s->len = len;
	return s;
}

struct secret *
secret_take(void *bytes, size_t len)
{
	struct secret *s = secret_new(len);

	if (len > 0)
		memcpy(s->bytes, bytes, len);
	wipe(bytes, len);
	return s;
}

struct secret *
secret_part(const struct secret *s, size_t from, size_t len)
{
	struct secret *part = secret_new(len);

	if (from > s->len || len > s->len - from)
		fatal("a secret of %zu bytes has no such part", s->len);
	memcpy(part->bytes, s->bytes + from, len);
	return part;
}

void
secret_free(struct secret **s)
{
	if (*s == NULL)
		return;
	secret_memory_give(*s);
	*s = NULL;
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

const uint8_t *
secret_reveal(const struct secret *s, size_t *len)
{
	if (len != NULL)
		*len = s->len;
	return s->bytes;
}

uint8_t *
secret_fill(struct secret *s)
{
	return s->bytes;
}

void
wipe(void *bytes, size_t len)
{
	if (len > 0)
		explicit_bzero(bytes, len);
}
