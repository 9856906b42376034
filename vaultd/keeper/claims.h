/*
 * What a token says: whose it is, since when, until when, and what for.  The same bytes are
 * sealed into a self-contained token (keys/token.h) and stand in the record of a stored one
 * (tokens.h).
 */
#ifndef KEEPER_CLAIMS_H
#define KEEPER_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define CLAIMS_POLICIES 64
#define CLAIMS_NETWORKS 32

/* Numbers are in tokens: never reuse one. */
enum claims_kind {
	CLAIMS_LOGIN = 1,   /* by a certificate: its role says, live, what it may do */
	CLAIMS_CREATED = 2, /* by another token or a certificate; or the initial token */
	CLAIMS_WRAPPING = 3 /* for one wrapped reply: any identity of the Hublet may use it, once */
};

enum claims_flag {
	CLAIMS_BATCH = 1 << 0,      /* in no record, ever: no renewal, no revocation, no children */
	CLAIMS_RENEWABLE = 1 << 1,
	CLAIMS_ORPHAN = 1 << 2,
	CLAIMS_NO_ENTITY = 1 << 3,  /* made without the identity of who made it */
	CLAIMS_OPERATOR = 1 << 4,   /* counts while the configuration names its owner */
	CLAIMS_REVOKED = 1 << 5,    /* the record says no, until the token has expired */
	CLAIMS_HEIR = 1 << 6,       /* revoked, but its children live on as orphans */
	CLAIMS_CUBBYHOLE = 1 << 7   /* something was stored in its cubbyhole */
};

struct claims {
	enum claims_kind kind;
	unsigned flags;
	struct str owner;          /* SPIFFE ID */
	struct str mount, role;    /* of a login, or of the certificate that made it: ids of 16 bytes */
	struct str parent;         /* accessor; empty: none */
	struct str path;           /* of the request that made it */
	struct str display_name;
	struct str meta;           /* JSON object; empty: null */
	struct str token_role;     /* name of the role of auth/token it was created with */
	struct str address;        /* where alone it counts from; empty: not bound */
	int64_t issued, expires;   /* wall ns */
	int64_t renewed;           /* wall ns of the last renewal; 0: none */
	int64_t ttl;               /* ns, as it was made */
	int64_t increment;         /* ns, what renewals without a wish give; 0: ttl */
	int64_t explicit_max;      /* ns after issued that it never outlives; 0: none */
	int64_t period;            /* ns that each renewal gives; 0: not periodic */
	int64_t uses;              /* left; 0: not counted */
	int64_t epoch, all_epoch;  /* of its owner, and of all tokens, when it was made */
	int64_t sum;               /* of a login: over the role's policies at that time */
	int64_t kept;              /* wall ns: a record of it may go then, and not before */
	unsigned count;
	struct str policies[CLAIMS_POLICIES]; /* of a login: none */
	unsigned network_count;
	struct str networks[CLAIMS_NETWORKS]; /* where it counts from; none: everywhere */
};

/* Append the bytes. */
void claims_format(const struct claims *c, struct buf *out);

/* Read them; what is read borrows from bytes.  -1 when they are not ours. */
int claims_read(struct claims *c, struct str bytes);

/*
 * Whether it counts at this time, by itself.  The one place that says when a token has expired.
 */
bool claims_last(const struct claims *c, int64_t wall);

#endif
