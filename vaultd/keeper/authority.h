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
#include "vaultd/keeper/mounts.h"
#include "vaultd/keeper/peer.h"
#include "vaultd/keeper/rests.h"
#include "vaultd/keeper/roles.h"
#include "vaultd/keeper/tokens.h"
#include "vaultd/keeper/vault.h"

#define GRANT_POLICIES 64
#define GRANT_HASH 77 /* "hmac-sha256:", 64 digits, and a NUL */

/* What the audit writes of a token, made once for the life of a grant; empty: not yet. */
struct grant_hashes {
	char token[GRANT_HASH], accessor[GRANT_HASH];
};

/* Shared by reference among the peers of one identity. */
struct grant {
	unsigned references;
	uint64_t epoch;
	struct acl *acl;                /* NULL: only the names were asked for */
	unsigned policy_count;
	char *policies[GRANT_POLICIES]; /* of token or role: sorted, lower case */
	char entity[UUID_TEXT];         /* id of the caller's; empty: a token without one */
	bool disabled;                  /* the entity is: nothing is allowed */
	unsigned identity_count;
	char **identity;                /* policies of the entity and its groups: sorted */
	struct rests rests;             /* on this entity and these groups */
	uint64_t settled;               /* up to this change of one (authority_settle) */
	char *role;                     /* name of the role that matched; NULL: none */
	uint8_t mount[16], role_id[ROLE_ID]; /* which one it is; zeros: none */
	char *display_name;
	/* of a token */
	bool token, batch, counted;
	bool anonymous;                 /* without an entity: identity adds nothing */
	int64_t issued, expires;        /* wall ns; 0: with the connection (no token) */
	char issued_text[CLOCK_TEXT];
	char accessor[25];              /* empty: no token, or a batch token */
	struct grant_hashes *hashes;    /* the audit's; NULL: no token */
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
 * Inside the batch that writes or deletes a role: which one, so that authority_changed need not
 * read the others.
 */
void authority_role_written(struct authority *a, const uint8_t mount[16], struct str name);

/*
 * Inside a batch: the entity or group of this id was changed, or its members were.  The batch
 * ends with this request, and settling (whether the batch was done or failed) makes the grants
 * that rest on it be drawn up anew: others stay, roles and policies are not read again.
 */
void authority_touch(struct authority *a, struct str id);
bool authority_is_touched(const struct authority *a);
void authority_settle(struct authority *a);

/* Whether a grant that was kept still counts. */
bool authority_holds(const struct authority *a, struct grant *g);

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

/*
 * What a token may do, whoever asks about it: as of its owner.  Borrowed, until the end of the
 * request.
 */
const struct grant *authority_of_token(struct authority *a, const struct token *t);
/* The same without an acl: names alone.  like: the grant of the request that this is for, which
 * knows what identity adds when both are of one owner; or NULL. */
const struct grant *authority_names_of(struct authority *a, const struct token *t,
    const struct peer *peer, const struct grant *like);

/*
 * Whether a token counts at this time: itself, its role, its owner, its parents.  Not whether
 * this caller may use it.
 */
bool authority_counts(struct authority *a, const struct token *t, int64_t wall);
/* Whether it may have children: lines of parents are of bounded length. */
bool authority_may_bear(struct authority *a, const struct token *t);

/*
 * The role that a login at a cert mount is for: that of the name, or without one the first by
 * name that admits the caller.  NULL: *known tells whether there was one to hold the caller
 * against.
 */
const struct role *authority_role(struct authority *a, const struct mount *mount, struct str name,
    const struct peer *peer, bool *known);
/* The role of a token from a login; NULL: it is gone.  */
const struct role *authority_role_of(struct authority *a, const struct claims *c);

/* Whether a revocation list of that cert mount names this certificate. */
bool authority_is_revoked(struct authority *a, const uint8_t mount[16],
    const struct identity *id);

/* Is this SPIFFE ID one of the operators the configuration names? */
bool authority_is_operator(const struct authority *a, struct str id);

/* The parsed policy of that name as the records (or built-ins) have it, cached; NULL: none. */
const struct policy *authority_policy(struct authority *a, struct str name);

#endif
