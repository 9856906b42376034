/*
 * Roles: which certificates get which policies.  A role is kept as the JSON object that
 * reading it answers (vaultd/api/cert.c writes it); here it is read for its effect.
 */
#ifndef KEEPER_ROLE_H
#define KEEPER_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "policy/glob.h"
#include "policy/identity.h"
#include "vaultd/keeper/records.h"

struct role {
	struct str name;
	struct str display_name;
	struct constraints constraints;
	unsigned policy_count;
	const struct str *policies;   /* as written: trimmed, lower case */
	bool no_default;
	unsigned network_count;
	const struct str *networks;   /* token_bound_cidrs: addresses it counts from; none: all */
};

/* All roles of a mount, sorted by name, in memory of their own. */
struct roles;
struct roles *roles_load(struct records *r, const uint8_t mount[16], struct error *err);
void roles_free(struct roles **r);
unsigned roles_count(const struct roles *r);
const struct role *roles_at(const struct roles *r, unsigned i);

/* The first role by name that admits this certificate from this address; NULL: none. */
const struct role *roles_match(const struct roles *r, const struct identity *id,
    const char *address);

#endif
