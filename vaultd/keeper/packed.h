/*
 * A list of texts in one run of bytes, as it stands in a record: blocks (buf_put_block), one
 * behind the other.  Sets of names and ids are sorted, each text once.  Pairs (metadata) are key,
 * value, key, value, ..., sorted by key.
 */
#ifndef KEEPER_PACKED_H
#define KEEPER_PACKED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Take the first text off the list; false at its end. */
bool packed_next(struct str *list, struct str *item);
unsigned packed_count(struct str list);
bool packed_has(struct str list, struct str item);
/* The value of a key among pairs; at is NULL when there is none. */
struct str packed_value(struct str pairs, struct str key);

/* Append to out: the set with item, or without it. */
void packed_with(struct str set, struct str item, struct buf *out);
void packed_without(struct str set, struct str item, struct buf *out);

/* Append the set of items (which it sorts); of what is in either set. */
void packed_set(struct str *items, unsigned count, struct buf *out);
void packed_unite(struct str a, struct str b, struct buf *out);

/* Call each with what is in the one set and not in the other; false: each said so. */
bool packed_difference(struct str set, struct str other,
    bool (*each)(void *arg, struct str item), void *arg);

#endif
