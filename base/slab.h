/*
 * An allocator for a region of memory that somebody else has mapped: size classes in pages of
 * 4 KiB, runs of pages for what is larger.  What it knows of its blocks lies outside the
 * region, but for links in free ones; a block is wiped when it is given back, so memory taken
 * is zero.  Not for several threads at once: the owner of the region locks.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stdbool.h>
#include <stddef.h>

struct slab;

/* Over size bytes at base, both multiples of the page, zeroed.  Borrowed until slab_free. */
struct slab *slab_new(void *base, size_t size);
/* Forget the region, which is not touched. */
void slab_free(struct slab **s);

/* At least size bytes, zeroed, aligned to 16; NULL when there is no room. */
void *slab_take(struct slab *s, size_t size);
/* Wipe and give back. */
void slab_give(struct slab *s, void *block);
/* How many bytes a block has, at least as many as were asked for. */
size_t slab_room(const struct slab *s, const void *block);
/* Whether at lies in the region. */
bool slab_owns(const struct slab *s, const void *at);
/* Bytes in blocks that are taken. */
size_t slab_used(const struct slab *s);

#endif
