/*
 * From a path to the row of a table.
 */
#ifndef KEEPER_ROUTES_H
#define KEEPER_ROUTES_H

#include <stdbool.h>

#include "vaultd/keeper/call.h"

/* The table of an engine. */
const struct route *routes_of(enum mount_type type);

/*
 * The row for c->operation on c->rest in the engine's table, its parameters filled into c.
 * NULL: none; *known tells whether another operation has a row for that path (405, not 404).
 */
const struct route *routes_find(struct call *c, enum mount_type type, bool *known);

/* Whether name is among a row's fields; among the parameters of its pattern. */
bool route_knows(const struct route *r, struct str name);
bool route_captures(const struct route *r, struct str name);
/* The name in a segment of a pattern, ":name", "*name" or "*name?"; false: it is literal. */
bool route_parameter(struct str segment, struct str *name);

/* "create" and so on, for replies, audit and help. */
const char *operation_name(enum operation op);

#endif
