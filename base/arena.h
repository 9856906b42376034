/*
 * One region of memory for the request that is being run: allocation moves a pointer, reset
 * wipes what was used.  Wiping is a property of the arena, never of somebody's memory.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct arena;

/*
 * An arena of size bytes (rounded up to pages), anonymous, excluded from core dumps and from
 * children (MADV_DONTDUMP, MADV_DONTFORK).  lock: also mlock it; NULL with ERR_IO, naming the
 * limit to raise, when the lock is refused.  Free with arena_free (wipes).
 */
struct arena *arena_new(size_t size, int lock, struct error *err);
void arena_free(struct arena *a);

/* size zeroed bytes, aligned for any type; NULL when the arena is full.  Lives until reset. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of s in the arena, with a NUL behind it (not counted).  at is NULL when full. */
struct str arena_copy(struct arena *a, struct str s);

/* Bytes in use; and: give back, wiped, everything allocated since the arena held `mark`. */
size_t arena_used(const struct arena *a);
void arena_rewind(struct arena *a, size_t mark);

/* Wipe everything that was used since the last reset and start again. */
void arena_reset(struct arena *a);

#endif
