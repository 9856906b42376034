/*
 * OpenSSL's memory in the keeper: a region that is locked, not dumped and not inherited, as
 * the region of secrets is (base/secret.h), so that key schedules and big numbers lie nowhere
 * else; wiped when freed.
 */
#ifndef KEYS_LOCKED_ALLOC_H
#define KEYS_LOCKED_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Set it up, size bytes, once for the process: before OpenSSL's first allocation (fatal when
 * too late) and after the last fork.  -1 with ERR_IO and the limit to raise when it cannot be
 * locked; allow_unlocked as in secret_memory_init.
 * A full region is fatal: what must not swell without bound in it is public, see below.
 */
int locked_alloc_init(size_t size, bool allow_unlocked, struct error *err);

/*
 * What this thread allocates between these two is public (certificates, revocation lists):
 * ordinary memory, wiped when freed all the same.  They nest.
 */
void locked_alloc_public_begin(void);
void locked_alloc_public_end(void);

/* Bytes handed out now, and the size of the region; 0 of 0 when there is none. */
size_t locked_alloc_used(size_t *size);

#endif
