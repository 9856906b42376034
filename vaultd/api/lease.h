/*
 * How long a token lives from now on: what is asked for, cut to what may be, with a warning.
 */
#ifndef API_LEASE_H
#define API_LEASE_H

#include "vaultd/keeper/call.h"

/* All in ns; 0: not said. */
struct lease {
	int64_t wanted;       /* by the request, else by what makes or made the token */
	int64_t period;       /* each renewal gives this, whatever is wanted */
	int64_t max;          /* the role's, from issued on */
	int64_t explicit_max; /* of periodic tokens too */
	int64_t issued;       /* wall; the token's beginning */
};

/*
 * How long from now, ns, with what the mount says where l does not; 0: refused, its time is
 * over.
 */
int64_t lease_from_now(struct call *c, const struct mount *mount, const struct lease *l);

/* The wall time when the last token that was made or renewed until now must have expired. */
int64_t lease_end_of_all(const struct call *c);

/* The lesser of two of which 0 is none. */
int64_t lease_least(int64_t a, int64_t b);

/* A duration in a field, as token creation takes it.  -1: refused, in Go's words. */
int lease_field(struct call *c, const char *name, int64_t *ns, bool *present);

#endif
