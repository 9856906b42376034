/*
 * Memory of policies and acls, in whatever process reads them.
 */
#include "policy/pool.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define FIRST_CHUNK 512

struct chunk {
	struct chunk *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

struct pool {
	struct chunk *newest;
};

struct pool *
pool_new(void)
{
	struct pool *p = calloc(1, sizeof *p);

	if (p == NULL)
		fatal("no memory for a policy");
	return p;
}

void
pool_free(struct pool **p)
{
	if (*p == NULL)
		return;
	for (struct chunk *c = (*p)->newest, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(*p);
	*p = NULL;
}

/* A chunk with room for size bytes becomes the newest. */
static void
grow(struct pool *p, size_t size)
{
	size_t room = p->newest == NULL ? FIRST_CHUNK : p->newest->size * 2;
	struct chunk *c;

	if (room < size)
		room = size;
	c = calloc(1, sizeof *c + room);
	if (c == NULL)
		fatal("no memory for a policy");
	c->size = room;
	c->next = p->newest;
	p->newest = c;
}

void *
pool_take(struct pool *p, size_t size)
{
	size_t aligned = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *at;

	if (p->newest == NULL || p->newest->size - p->newest->used < aligned)
		grow(p, aligned);
	at = p->newest->bytes + p->newest->used;
	p->newest->used += aligned;
	return at;
}

struct str
pool_copy(struct pool *p, struct str s)
{
	char *at = pool_take(p, s.len + 1);

	if (s.len > 0)
		memcpy(at, s.at, s.len);
	return (struct str){at, s.len};
}

struct str
pool_copy_lower(struct pool *p, struct str s)
{
	char *at = pool_take(p, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		at[i] =
		    s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
	return (struct str){at, s.len};
}
