/*
 * The channels to the gates: who is connected, and what they ask.
 * Security: a gate that says what its table does not allow is cut off; main restarts it.
 */
#ifndef KEEPER_GATES_H
#define KEEPER_GATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "vaultd/ipc/message.h"
#include "vaultd/keeper/outbox.h"
#include "vaultd/keeper/peer.h"

#define GATES_MAX 64

struct keeper;
struct gates;
struct pollfd;

struct gates *gates_new(void);
void gates_free(struct gates **g);
struct outbox *gates_outbox(struct gates *g);

/* A (new) gate in that place, on fd (taken over): it gets the listener's TLS and nonces. */
void gates_add(struct keeper *k, uint32_t index, int fd);

/* How many are connected, how many of them listen. */
unsigned gates_count(const struct gates *g);
unsigned gates_listening(const struct gates *g);
/* Callers that are connected to any of them. */
unsigned gates_connections(const struct gates *g);

/* Fill polls (room for GATES_MAX) with what to wait for; returns how many. */
unsigned gates_poll(struct gates *g, struct pollfd *polls);
/* Read and handle what has come in. */
void gates_read(struct keeper *k);
/* Whether this turn's replies are as much as one turn may hold; whether requests wait for that. */
bool gates_full(const struct gates *g);
bool gates_wait(const struct gates *g);
/* Write what waits for the gates. */
void gates_write(struct keeper *k);

/* The peer of a connection of the gate with that serial, NULL when either is gone. */
struct peer *gates_peer(struct gates *g, uint64_t serial, struct conn_name conn);
void gates_reply(struct gates *g, uint64_t serial, struct str reply);

/* Tell every gate: the listener's TLS has changed; or: drain. */
void gates_send_tls(struct keeper *k);
void gates_drain(struct gates *g);

/* Close the connections of peers that are no longer good, or whose time is over. */
void gates_recheck(struct keeper *k);

#endif
