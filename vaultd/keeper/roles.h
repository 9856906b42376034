/*
 * All roles of a cert mount.
 */
#ifndef KEEPER_ROLES_H
#define KEEPER_ROLES_H

#include "base/error.h"
#include "policy/identity.h"
#include "vaultd/keeper/records.h"
#include "vaultd/keeper/role.h"

struct roles;

/* As the records have them.  NULL with ERR_CORRUPT or ERR_INVALID. */
struct roles *roles_load(struct records *r, const uint8_t mount[16], struct error *err);
void roles_free(struct roles **r);
unsigned roles_count(const struct roles *r);

/*
 * The role of that name was written or deleted: read it, and no other, again.  -1: as for load.
 */
int roles_refresh(struct roles *r, struct str name, struct error *err);

/* The role of that name, of that id; NULL: none. */
const struct role *roles_by_name(const struct roles *r, struct str name);
const struct role *roles_by_id(const struct roles *r, const uint8_t id[ROLE_ID]);

/*
 * The first role by name that admits this certificate from this address; NULL: none.  Its cost
 * does not grow with the number of roles that are for other SPIFFE IDs.
 */
const struct role *roles_match(const struct roles *r, const struct identity *id,
    const char *address);

#endif
