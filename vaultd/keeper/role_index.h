/*
 * Roles found by what they are for, without looking at the others: an exact SPIFFE ID by its
 * hash, a pattern by the hash of what stands before its first '*', a role by the hash of its
 * id.
 */
#ifndef KEEPER_ROLE_INDEX_H
#define KEEPER_ROLE_INDEX_H

#include "vaultd/keeper/role.h"

struct role_index;

/* Empty.  Never NULL. */
struct role_index *role_index_new(void);
void role_index_free(struct role_index **x);

/* Roles are borrowed, until they are removed. */
void role_index_add(struct role_index *x, const struct role *role);
void role_index_remove(struct role_index *x, const struct role *role);

/* The first by name, of those that could be for this SPIFFE ID, that admits says yes to. */
const struct role *role_index_first(const struct role_index *x, struct str spiffe_id,
    bool (*admits)(void *arg, const struct role *role), void *arg);

const struct role *role_index_by_id(const struct role_index *x, const uint8_t id[ROLE_ID]);

#endif
