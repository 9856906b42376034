/*
 * Inside of auth/token/create, for token_create.c and what it is divided into.
 */
#ifndef API_TOKEN_MAKING_H
#define API_TOKEN_MAKING_H

#include "vaultd/api/names.h"
#include "vaultd/api/token.h"

/* What is asked for, and what it comes to. */
struct making {
	struct call *call;
	const struct json *role; /* of auth/token; NULL: none */
	struct token parent;
	bool with_parent;        /* a token asks; else a certificate does */
	bool sudo;
	bool orphan, named;      /* for another identity */
	bool no_default, no_parent;
	struct names policies;   /* as sent, then as they will be */
	struct str id, type;
	int64_t ttl, period, explicit_max, uses; /* as sent */
	struct claims claims;
};

/* Each: 0, or -1 refused. */

/* What the body sends (token_fields.c). */
int making_read(struct making *m);
/*
 * The policies that it will have, of those it may have (token_policies.c); and after it was
 * made, a warning for each that does not exist.
 */
int making_settle_policies(struct making *m);
void making_warn_of_policies(struct making *m);

#endif
