/*
 * Connections that wait for a nonce, because more handshakes come than the keeper has given
 * nonces for: who came first is served first, and that it waits is not held against it.
 */
#ifndef GATE_THIRST_H
#define GATE_THIRST_H

#include "vaultd/gate/conn.h"

/* It waits from now on; its place is kept when it waits already. */
void thirst_add(struct conn *c);
/* It does not wait any more, for whatever reason; nothing if it did not. */
void thirst_leave(struct conn *c);

/* Let as many of those who wait longest go on as there are nonces. */
void thirst_quench(struct gate *g);

#endif
