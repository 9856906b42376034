/*
 * gate: names for connections, in an array that grows and keeps its free slots in a list.
 */
#include "vaultd/gate/table.h"

#include <stdlib.h>

#include "base/error.h"

#define FIRST 64

struct slot {
	struct conn *conn; /* NULL: free */
	uint32_t generation;
	uint32_t next; /* free slot */
};

void
table_free(struct table *t)
{
	free(t->slots);
	*t = (struct table){0};
}

static void
grow(struct table *t)
{
	uint32_t size = t->size == 0 ? FIRST : t->size * 2;

	t->slots = realloc(t->slots, size * sizeof(*t->slots));
	if (t->slots == NULL)
		fatal("no memory for connections");
	for (uint32_t i = t->size; i < size; i++)
		t->slots[i] = (struct slot){NULL, 0, i + 1};
	t->free = t->size;
	t->size = size;
}

struct conn_name
table_add(struct table *t, struct conn *c)
{
	struct slot *s;
	uint32_t number;

	if (t->used == t->size)
		grow(t);
	number = t->free;
	s = &t->slots[number];
	t->free = s->next;
	t->used++;
	s->conn = c;
	return (struct conn_name){number, ++s->generation};
}

struct conn *
table_find(const struct table *t, struct conn_name name)
{
	if (name.number >= t->size || t->slots[name.number].generation != name.generation)
		return NULL;
	return t->slots[name.number].conn;
}

void
table_remove(struct table *t, struct conn_name name)
{
	struct slot *s = &t->slots[name.number];

	s->conn = NULL;
	s->next = t->free;
	t->free = name.number;
	t->used--;
}

struct conn *
table_at(const struct table *t, uint32_t i)
{
	return t->slots[i].conn;
}
