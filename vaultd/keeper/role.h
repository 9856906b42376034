/*
 * Roles: which certificates get which policies.  A role is kept as the JSON object that
 * reading it answers (vaultd/api/cert.c writes it); here it is read for its effect.
 */
#ifndef KEEPER_ROLE_H
#define KEEPER_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/glob.h"
#include "policy/identity.h"

#define ROLE_ID 16
/* The member of a role's record that holds its id, in hex; reading a role does not show it. */
#define ROLE_ID_MEMBER "role_id"

struct role {
	struct str name;
	uint8_t id[ROLE_ID];          /* drawn when it was made: one of that name made anew has another */
	struct str display_name;
	struct constraints constraints;
	unsigned policy_count;
	const struct str *policies;   /* as written: trimmed, lower case */
	bool no_default;
	unsigned network_count;
	const struct str *networks;   /* token_bound_cidrs: addresses it counts from; none: all */
	unsigned shown_count;
	const struct str *shown;      /* extensions that go into a token's metadata: dotted decimal */
	int64_t ttl, max_ttl, period, explicit_max; /* of its tokens, ns; 0: not set */
	int64_t uses;                 /* of its tokens; 0: not counted */
	bool batch, service;          /* which its tokens are; neither: as the mount says */
	bool bind_address;            /* they count from where they were made alone */
	void *items, *bytes;          /* what all this points into */
};

/*
 * From a record's text, parsed in scratch, which is not needed afterwards.  NULL with
 * ERR_INVALID or ERR_LIMIT.  Free with role_free.
 */
struct role *role_read(struct arena *scratch, struct str name, struct str text,
    struct error *err);
void role_free(struct role **role);

/* Whether an address (as inet_ntop writes it) is in one of the networks; none: it is. */
bool role_networks_hold(const struct str *networks, unsigned count, const char *address);

#endif
