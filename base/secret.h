/*
 * Key bytes that cannot be printed, copied by accident or sized: struct secret is defined in
 * no public header.  All secrets live in one locked region of the process that is not dumped,
 * not inherited by a fork and, where the kernel has it, not readable through /proc (memfd_secret).
 * Security: reveal.h is the one door to the bytes; tests/unit lists who may include it.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct secret;

/* How the region is kept out of swap and of other eyes. */
enum secret_memory {
	SECRET_MEMFD,   /* memfd_secret(2) */
	SECRET_MLOCK,   /* mlock(2), checked */
	SECRET_UNLOCKED /* neither was allowed: only with allow_unlocked */
};

/*
 * Set up the region, size bytes, once for the process and after its last fork.
 * allow_unlocked: development only; otherwise -1 with ERR_IO and the limit to raise when
 * neither memfd_secret nor mlock works.  force_mlock: do not try memfd_secret (tests).
 * A process that never calls this gets a 256 KiB region with allow_unlocked at first use.
 */
int secret_memory_init(size_t size, bool allow_unlocked, bool force_mlock, struct error *err);
enum secret_memory secret_memory_kind(void);

/*
 * Memory of the region for others than secrets (OpenSSL's, see keys/locked_alloc.h): zeroed,
 * aligned to 16, wiped when given back.  A full region is fatal.
 */
void *secret_memory_take(size_t size);
void secret_memory_give(void *block);
/* How many bytes a block has; 0 when it is none of the region's. */
size_t secret_memory_room(const void *block);
/* Bytes taken, and the size of the region. */
size_t secret_memory_used(size_t *size);

/* A secret of len zero bytes; of len random bytes; or of a copy of bytes, which is wiped. */
struct secret *secret_new(size_t len);
struct secret *secret_random(size_t len);
struct secret *secret_take(void *bytes, size_t len);

/* A copy of len bytes of s, from `from` on; fatal when there are not so many. */
struct secret *secret_part(const struct secret *s, size_t from, size_t len);

/* Wipe and release; *s becomes NULL.  *s may be NULL. */
void secret_free(struct secret **s);

/* Constant-time comparison; different lengths are unequal. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* Overwrite memory in a way the compiler keeps. */
void wipe(void *bytes, size_t len);

#endif
