/*
 * An allocator over a region that is locked: secrets, and OpenSSL's memory in the keeper.
 *
 * A page is free, cut into slots of one size, or one of a run.  Pages with slots of the same
 * size, some of them free, are linked.  A page whose last slot is given back is free again, so
 * that runs can be had.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/slab.h"
#include "base/secret.h"

#define PAGE ((size_t)4096)
#define UNIT ((size_t)16)
#define SLOT_MAX ((size_t)2048)
#define NONE UINT32_MAX

static const uint16_t sizes[] = {16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    448, 512, 640, 768, 1024, 1360, 2048};
#define KINDS (sizeof sizes / sizeof *sizes)

enum state { FREE, SLOTS, RUN, IN_RUN };

struct page {
	uint8_t state;
	uint8_t kind;          /* of SLOTS: which of the sizes */
	uint16_t used, fresh;  /* slots taken; slots that were never taken begin here */
	uint16_t given;        /* 1 + the first slot of those given back; 0: none */
	uint32_t run;          /* pages of the run that begins here */
	uint32_t next, before; /* pages of this kind with room */
};

struct slab {
	uint8_t *base;
	size_t used;
	uint32_t count;                    /* pages */
	uint32_t low;                      /* no page before it is free */
	uint32_t roomy[KINDS];             /* first page of a kind with room */
	uint8_t kind[SLOT_MAX / UNIT + 1]; /* by units */
	struct page pages[];
};

struct slab *
slab_new(void *base, size_t size)
{
	struct slab *s = calloc(1, sizeof *s + size / PAGE * sizeof *s->pages);
	size_t kind = 0;

	if (s == NULL)
		fatal("no memory for slabs");
	s->base = base;
	s->count = (uint32_t)(size / PAGE);
	for (size_t i = 0; i < KINDS; i++)
		s->roomy[i] = NONE;
	for (size_t units = 0; units <= SLOT_MAX / UNIT; units++) {
		if (units * UNIT > sizes[kind])
			kind++;
		s->kind[units] = (uint8_t)kind;
	}
	return s;
}

void
slab_free(struct slab **s)
{
	free(*s);
	*s = NULL;
}

/* The first of n free pages in a row, NONE when there are none. */
static uint32_t
find_free(struct slab *s, uint32_t n)
{
	uint32_t run = 0;

	while (s->low < s->count && s->pages[s->low].state != FREE)
		s->low++;
	for (uint32_t i = s->low; i < s->count; i++) {
		run = s->pages[i].state == FREE ? run + 1 : 0;
		if (run == n)
			return i + 1 - n;
	}
	return NONE;
}

static void
link_page(struct slab *s, uint32_t n)
{
	struct page *page = &s->pages[n];

	page->before = NONE;
	page->next = s->roomy[page->kind];
	if (page->next != NONE)
		s->pages[page->next].before = n;
	s->roomy[page->kind] = n;
}

static void
unlink_page(struct slab *s, uint32_t n)
{
	const struct page *page = &s->pages[n];

	if (page->next != NONE)
		s->pages[page->next].before = page->before;
	if (page->before != NONE)
		s->pages[page->before].next = page->next;
	else
		s->roomy[page->kind] = page->next;
}

static uint8_t *
slot_at(const struct slab *s, uint32_t n, unsigned slot)
{
	return s->base + n * PAGE + (size_t)slot * sizes[s->pages[n].kind];
}

static void *
take_slot(struct slab *s, uint8_t kind)
{
	uint32_t n = s->roomy[kind];
	struct page *page = NULL;
	uint16_t *slot = NULL;

	if (n == NONE) {
		if ((n = find_free(s, 1)) == NONE)
			return NULL;
		s->pages[n] = (struct page){.state = SLOTS, .kind = kind};
		link_page(s, n);
	}
	page = &s->pages[n];
	if (page->given != 0) {
		slot = (uint16_t *)(void *)slot_at(s, n, page->given - 1u);
		page->given = *slot;
		*slot = 0;
	} else {
		slot = (uint16_t *)(void *)slot_at(s, n, page->fresh++);
	}
	page->used++;
	if (page->given == 0 && (page->fresh + 1u) * sizes[kind] > PAGE)
		unlink_page(s, n);
	s->used += sizes[kind];
	return slot;
}

static void *
take_run(struct slab *s, size_t size)
{
	uint32_t pages = (uint32_t)((size + PAGE - 1) / PAGE), n = find_free(s, pages);

	if (n == NONE)
		return NULL;
	for (uint32_t i = 0; i < pages; i++)
		s->pages[n + i] = (struct page){.state = i == 0 ? RUN : IN_RUN};
	s->pages[n].run = pages;
	s->used += pages * PAGE;
	return s->base + n * PAGE;
}

void *
slab_take(struct slab *s, size_t size)
{
	if (size <= SLOT_MAX)
		return take_slot(s, s->kind[(size + UNIT - 1) / UNIT]);
	if (size > s->count * PAGE)
		return NULL;
	return take_run(s, size);
}

static uint32_t
page_of(const struct slab *s, const void *block)
{
	uint32_t n = (uint32_t)((size_t)((const uint8_t *)block - s->base) / PAGE);

	if (!slab_owns(s, block) || (s->pages[n].state != SLOTS && s->pages[n].state != RUN))
		fatal("memory is given back that was not taken");
	return n;
}

static void
free_pages(struct slab *s, uint32_t n, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		s->pages[n + i].state = FREE;
	if (n < s->low)
		s->low = n;
}

static void
give_slot(struct slab *s, uint32_t n, void *block)
{
	struct page *page = &s->pages[n];
	uint16_t size = sizes[page->kind], *slot = block;
	bool full = page->given == 0 && (page->fresh + 1u) * size > PAGE;

	*slot = page->given;
	page->given = (uint16_t)(1 + (size_t)((uint8_t *)block - (s->base + n * PAGE)) / size);
	if (full)
		link_page(s, n);
	if (--page->used > 0)
		return;
	unlink_page(s, n);
	while (page->given != 0) { /* the links in a free page are zeroed too */
		slot = (uint16_t *)(void *)slot_at(s, n, page->given - 1u);
		page->given = *slot;
		*slot = 0;
	}
	free_pages(s, n, 1);
}

void
slab_give(struct slab *s, void *block)
{
	uint32_t n = page_of(s, block);
	size_t room = slab_room(s, block);

	wipe(block, room);
	s->used -= room;
	if (s->pages[n].state == SLOTS)
		give_slot(s, n, block);
	else
		free_pages(s, n, s->pages[n].run);
}

size_t
slab_room(const struct slab *s, const void *block)
{
	const struct page *page = &s->pages[page_of(s, block)];

	return page->state == SLOTS ? sizes[page->kind] : page->run * PAGE;
}

bool
slab_owns(const struct slab *s, const void *at)
{
	return (const uint8_t *)at >= s->base &&
	       (const uint8_t *)at < s->base + s->count * PAGE;
}

size_t
slab_used(const struct slab *s)
{
	return s->used;
}
