/*
 * What a peer may do: the policies of its token or of the first role that matches it, merged.
 * Effective policies change at once when a role or policy does (an epoch is compared).
 */
#ifndef KEEPER_AUTHORITY_H
#define KEEPER_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/acl.h"
#include "policy/identity.h"
#include "vaultd/keeper/identities.h"
#include "vaultd/keeper/peer.h"
#include "vaultd/keeper/rests.h"
#include "vaultd/keeper/vault.h"

#define GRANT_POLICIES 64

/* Shared by reference among the peers of one identity. */
struct grant {
	unsigned references;
	uint64_t epoch;
	struct acl *acl;
	unsigned policy_count;
	char *policies[GRANT_POLICIES]; /* of token or role: sorted, lower case */
	char entity[UUID_TEXT];         /* id of the caller's entity */
	bool disabled;                  /* the entity is: nothing is allowed */
	unsigned identity_count;
	char **identity;                /* policies of the entity and its groups: sorted */
	struct rests rests;             /* on this entity and these groups */
	uint64_t settled;               /* up to this change of one (authority_settle) */
	char *role;                     /* name of the role that matched; NULL: none */
	char *display_name;
	int64_t expires;                /* wall ns; 0: with the connection (no token) */
	char accessor[25];              /* of the token; empty: none */
	bool token;
};

/* Drop a peer's reference; *g becomes NULL. */
void grant_release(struct grant **g);

struct authority;

/*
 * For an open vault.  operators: the exact SPIFFE IDs of the configuration (borrowed), who hold
 * the policy "operator" without a role.
 */
struct authority *authority_new(struct vault *v, char *const *operators, unsigned count);
void authority_free(struct authority **a);

/* The configuration was read again: these are the operators now. */
void authority_reload(struct authority *a, char *const *operators, unsigned count);

/* Roles, policies or mounts have changed: every grant is drawn up anew at its next use. */
void authority_changed(struct authority *a);

/*
 * Inside a batch: the entity or group of this id was changed, or its members were.  The batch
 * ends with this request, and settling (whether the batch was done or failed) makes the grants
 * that rest on it be drawn up anew: others stay, roles and policies are not read again.
 */
void authority_touch(struct authority *a, struct str id);
bool authority_is_touched(const struct authority *a);
void authority_settle(struct authority *a);

/* Whether a grant that was kept still counts. */
bool authority_holds(struct authority *a, struct grant *g);

/* Where entities and groups are; borrowed until authority_changed. */
struct identities authority_identities(struct authority *a);

/*
 * The grant of a request: by token when it sends one (empty: none; a bad one: NULL with
 * ERR_DENIED), else by the peer's certificate.  NULL with ERR_DENIED too when its entity is
 * disabled.  Operators whom the configuration names cannot be disabled: they are taken out of it
 * there, and the last one does not lock everybody out.  Borrowed; valid until authority_changed and the
 * end of the request.
 */
const struct grant *authority_grant(struct authority *a, struct peer *peer, struct str token,
    int64_t wall, struct error *err);

/* Is this SPIFFE ID one of the operators the configuration names? */
bool authority_is_operator(const struct authority *a, struct str id);

/* The parsed policy of that name as the records (or built-ins) have it, cached; NULL: none. */
const struct policy *authority_policy(struct authority *a, struct str name);

#endif
