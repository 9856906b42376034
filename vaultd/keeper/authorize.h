/*
 * Whether a caller may do what it asks for.
 * Security: the one place where a request meets the policies of who makes it.
 */
#ifndef KEEPER_AUTHORIZE_H
#define KEEPER_AUTHORIZE_H

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/serve.h"

#define DENIED "1 error occurred:\n\t* permission denied\n\n"

/*
 * Fill in c->grant and hold the request against it.  0; -1: refused, or *turn is a later one
 * now: a counted token is used up inside the batch, by refused requests too.  *last: that was
 * its last use; call authorize_end when the request is over.
 */
int authorize(struct call *c, enum turn *turn, bool *last);

/* The token of this request was used for the last time: it is no more. */
void authorize_end(struct call *c);

#endif
