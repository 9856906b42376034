/*
 * Inside of authority.h, for authority*.c alone.
 */
#ifndef KEEPER_AUTHORITY_STATE_H
#define KEEPER_AUTHORITY_STATE_H

#include "keys/digest.h"
#include "vaultd/keeper/authority.h"

#define GRANTS 1024 /* cached, by certificate and address; and again, by token */
#define CHANGES 64  /* of entities and groups, that a kept grant is held against */
#define LASTS 4     /* grants of tokens that one request may ask for */

struct cached_policy {
	char *name;
	struct policy *policy; /* NULL: there is none of that name */
	struct cached_policy *next;
};

/* The roles of one cert mount. */
struct role_table {
	uint8_t mount[16];
	struct roles *roles; /* NULL: they, or the lists, cannot be read */
	struct crls *crls;
	struct role_table *next;
};

/* A role that was written or deleted, and is not read again yet. */
struct stale_role {
	uint8_t mount[16];
	char *name;
	struct stale_role *next;
};

struct grant_slot {
	uint8_t fingerprint[32]; /* of the caller's certificate */
	char address[46];
	struct grant *grant;
	/* of a token's */
	uint8_t tag[DIGEST_TAG]; /* of a token */
	uint64_t stamp;          /* STAMP_TOKENS when it was looked at last, */
	int64_t until;           /* and the end of what was found: its own or a parent's */
};

struct authority {
	struct vault *vault;
	char *const *operators;
	unsigned operator_count;
	uint64_t epoch;
	uint64_t stamps[STAMPS];
	struct cached_policy *policies;
	struct role_table *tables;
	struct stale_role *stale;
	bool cert_known;         /* whether auth/cert/ is mounted was looked up: */
	bool cert_there;
	uint8_t cert_mount[16];
	char cert_accessor[32];  /* empty: it is not */
	struct callers *callers;
	struct rests touched;          /* by the batch under way */
	struct rests changes[CHANGES]; /* what the last batches touched, */
	uint64_t settled;              /* and how many did */
	uint8_t tag_key[DIGEST_TAG];
	struct grant_slot cache[GRANTS], tokens[GRANTS];
	struct grant *last[LASTS]; /* lent to requests: this one's, and some before */
	unsigned lasts;
};

/* Look auth/cert/ up, if that was not done. */
void authority_find_cert(struct authority *a);

/* Roles and lists are read anew when they are asked for; those that were written, at once. */
void authority_forget_roles(struct authority *a);
void authority_refresh_roles(struct authority *a);
/*
 * The role of a certificate without a token, as a login at auth/cert/ would choose; NULL: none.
 */
const struct role *authority_first_role(struct authority *a, const struct peer *peer);

/* A new grant with one reference. */
struct grant *authority_new_grant(struct authority *a);
void authority_add_policy(struct grant *g, struct str name);
/* The policies that a role (NULL: none) gives an identity, and the role's name and id. */
void authority_add_role(struct authority *a, struct grant *g, const uint8_t mount[16],
    const struct role *role, struct str spiffe_id);
/* What identity adds, and (with_acl) all its policies as one acl: authority_identity.c. */
void authority_merge(struct authority *a, struct grant *g, const struct identity *id,
    bool with_acl);

/* What identity adds, as a grant of the same owner has it. */
void authority_take_identity(struct grant *g, const struct grant *like);

/* Whether a slot holds what this caller may do. */
bool grant_slot_fits(const struct authority *a, const struct grant_slot *s,
    const struct peer *peer);
/* Take g (its reference too) for this caller. */
void grant_slot_take(struct grant_slot *s, struct grant *g, const struct peer *peer);

/* Keep a reference to g for the request that runs. */
const struct grant *authority_lend(struct authority *a, struct grant *g);

/* By a token: see authority_grant. */
const struct grant *authority_by_token(struct authority *a, const struct peer *peer,
    struct str token, int64_t wall, struct error *err);

#endif
