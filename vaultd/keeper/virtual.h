/*
 * Entities that nobody has edited, worked out from the SPIFFE ID of their caller (entities.h).
 */
#ifndef KEEPER_VIRTUAL_H
#define KEEPER_VIRTUAL_H

#include <stdbool.h>

#include "vaultd/keeper/callers.h"
#include "vaultd/keeper/entities.h"

/* An id that is always the same for one SPIFFE ID in one vault; turn 1, 2, ...: another one. */
void virtual_id(const struct identities *s, struct str spiffe_id, unsigned turn,
    char id[UUID_TEXT]);

/* From the id of an entity (UUID_TEXT - 1 bytes) to that of its alias, and back. */
void virtual_mirror(struct str id, char out[UUID_TEXT]);

/* All of it; *e must be freed. */
void virtual_make(const struct identities *s, struct str id, const struct caller *c,
    struct entity *e);

/*
 * The name of an entity that is given none: "entity_" and its id.  Such a name fits no other
 * entity: it finds the virtual one too.
 */
#define VIRTUAL_PREFIX "entity_"
#define VIRTUAL_NAME (sizeof(VIRTUAL_PREFIX) + UUID_TEXT)
void virtual_name(struct str id, char name[VIRTUAL_NAME]);
bool virtual_name_fits(struct str name, struct str id);

#endif
