/*
 * The steps of a connection that carries requests: read one, ask the keeper, write the reply.
 */
#ifndef GATE_SERVE_H
#define GATE_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "vaultd/gate/conn.h"

/* Steps: CONN_IDLE, CONN_HEAD, CONN_BODY; and CONN_REPLY. */
void serve_read(struct conn *c);
void serve_write(struct conn *c);

/* Begin with the keeper's reply. */
void serve_answer(struct conn *c, const struct frame_reply *r);

/* Forget what there is of a request's body. */
void serve_drop_body(struct conn *c);

/* Write as much of c->out as TLS takes.  True when it is empty. */
bool serve_flush(struct conn *c);

#endif
