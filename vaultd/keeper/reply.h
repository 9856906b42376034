/*
 * From what an operation said to the bytes of the answer: envelope, errors, raw bodies.
 */
#ifndef KEEPER_REPLY_H
#define KEEPER_REPLY_H

#include "vaultd/keeper/call.h"

/* Settle the status and append the body to out (nothing for none). */
void reply_body(struct call *c, struct buf *out);

/* What err means to a caller, as status and text of c->reply.  Only for errors that an operation
 * did not say itself. */
void reply_error(struct call *c, const struct error *err);

void reply_init(struct reply *r);
void reply_clear(struct reply *r);

#endif
