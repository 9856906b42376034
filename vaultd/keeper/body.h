/*
 * What a request sends.
 */
#ifndef KEEPER_BODY_H
#define KEEPER_BODY_H

#include "vaultd/ipc/message.h"
#include "vaultd/keeper/call.h"

/* Namespace and wrapping: 0, or -1 refused. */
int body_check_headers(struct call *c, const struct frame_request *f);

/*
 * The members of a write are its body's; those of anything else its query's (bodies there are
 * accepted and not looked at).  The body moves into the arena, which is wiped after the request.
 * 0, or -1 refused.
 */
int body_read(struct call *c, const struct frame_request *f);

#endif
