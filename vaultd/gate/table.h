/*
 * The connections of a gate, by number and generation: a name that was used up finds nothing.
 */
#ifndef GATE_TABLE_H
#define GATE_TABLE_H

#include <stdint.h>

#include "vaultd/ipc/message.h"

struct conn;

struct table {
	struct slot *slots;
	uint32_t size, used;
	uint32_t free; /* the first free slot, if used < size */
};

/* All zero is an empty table; free what it holds on to, not the connections. */
void table_free(struct table *t);

/* Give the connection a name. */
struct conn_name table_add(struct table *t, struct conn *c);
/* The connection of that name, or NULL. */
struct conn *table_find(const struct table *t, struct conn_name name);
/* Its name is used up.  It must be in the table. */
void table_remove(struct table *t, struct conn_name name);
/* The connection in slot i (i < size), or NULL. */
struct conn *table_at(const struct table *t, uint32_t i);

#endif
