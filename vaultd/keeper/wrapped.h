/*
 * Replies that were wrapped, each kept under the accessor of its wrapping token until it is
 * unwrapped, once, or the token expires.
 */
#ifndef KEEPER_WRAPPED_H
#define KEEPER_WRAPPED_H

#include "base/buf.h"
#include "base/error.h"
#include "vaultd/keeper/records.h"

/* Inside a batch.  body: the whole JSON text of the reply. */
void wrapped_put(struct records *r, struct str accessor, struct str body);
void wrapped_erase(struct records *r, struct str accessor);

/* Append the body.  -1 with ERR_NOT_FOUND or ERR_CORRUPT. */
int wrapped_get(struct records *r, struct str accessor, struct buf *body, struct error *err);

#endif
