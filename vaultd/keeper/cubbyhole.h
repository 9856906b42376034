/*
 * A token's own place: secrets under its accessor, which go with it.
 */
#ifndef KEEPER_CUBBYHOLE_H
#define KEEPER_CUBBYHOLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

/* Where path is in the place of that token: a record's name; it borrows from the arena.  A
 * directory's path ends in "/" or is empty: then only n.directory counts.  directory.at is NULL
 * when the arena is full. */
struct record_name cubbyhole_name(struct arena *a, struct str accessor, struct str path);

#define CUBBYHOLE_BYTES (1024 * 1024) /* of one token: everybody has a place, nobody the disk */

/*
 * Inside a batch: put or delete (text.at NULL) a secret, as cubbyhole_name named it.  -1 with
 * ERR_LIMIT when the place would hold more than CUBBYHOLE_BYTES of names and texts.
 */
int cubbyhole_put(struct records *r, struct str accessor, const struct record_name *n,
    struct str text, struct error *err);

/* Inside a batch: erase a slice of what is in it.  True: there may be more. */
bool cubbyhole_erase(struct records *r, struct str accessor);

#endif
