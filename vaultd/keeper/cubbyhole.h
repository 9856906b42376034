/*
 * A token's own place: secrets under its accessor, which go with it.
 */
#ifndef KEEPER_CUBBYHOLE_H
#define KEEPER_CUBBYHOLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

/* Where path is in the place of that token: a record's name; it borrows from the arena.  A
 * directory's path ends in "/" or is empty: then only n.directory counts.  directory.at is NULL
 * when the arena is full. */
struct record_name cubbyhole_name(struct arena *a, struct str accessor, struct str path);

/* Inside a batch: erase a slice of what is in it.  True: there may be more. */
bool cubbyhole_erase(struct records *r, struct str accessor);

#endif
