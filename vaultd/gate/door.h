/*
 * The listening socket: who is let in to begin a handshake.
 */
#ifndef GATE_DOOR_H
#define GATE_DOOR_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "vaultd/gate/state.h"

/* Only these networks from now on; none: every address.  -1 when one of them is none. */
int door_allow(struct gate *g, const struct str *networks, uint32_t count, struct error *err);

/* Accept who waits: allowed networks, room in the gate, not too many from that address. */
void door_accept(struct gate *g);
/* Once a second: try again after descriptors or memory were out. */
void door_tick(struct gate *g);
/* Accept nobody any more. */
void door_shut(struct gate *g);

#endif
