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

/* libmicrohttpd has the request complete: send it to the keeper. */
void serve_ask(struct conn *c);

/* Write as much of c->out as TLS takes.  True when it is empty. */
bool serve_flush(struct conn *c);

#endif
