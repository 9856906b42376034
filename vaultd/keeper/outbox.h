/*
 * Replies that wait for the audit: they leave once what they answer is written down.
 */
#ifndef KEEPER_OUTBOX_H
#define KEEPER_OUTBOX_H

#include <stdint.h>

#include "base/buf.h"
#include "vaultd/ipc/message.h"

struct gates;
struct audit;

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox **o);

/* A reply (payload of a REPLY frame, taken over) for a connection of the gate with that serial. */
void outbox_add(struct outbox *o, uint64_t gate, struct conn_name conn, struct buf *reply);

/* Bytes of the replies that wait. */
size_t outbox_bytes(const struct outbox *o);

/* Write the audit, then hand every reply to its gate's channel.  When the audit cannot be
 * written, each gets 500 in its place: nothing is served unaudited. */
void outbox_send(struct outbox *o, struct audit *audit, struct gates *gates);

#endif
