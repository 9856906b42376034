/*
 * A real keeper for tests: the process itself (this program again, sandboxed), with a store and
 * an audit file of its own, and gates whose every frame the test writes.
 */
#ifndef TESTS_REAL_KEEPER_H
#define TESTS_REAL_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/unit/certs.h"
#include "vaultd/ipc/message.h"

#define REAL_OPERATOR "spiffe://na1.example/operator/dev"

/* The first thing of main: in the keeper it does not come back. */
void real_main(int argc, char **argv);

struct real;
/* Start one that trusts ca, with that listener; real_stop checks that it ends well. */
struct real *real_start(const struct cert *server, const struct cert *ca);
void real_stop(struct real **r);
/* Kilobytes of memory that it has touched and still has. */
long real_memory(const struct real *r);
bool real_lives(const struct real *r);

/* One end of a channel to the keeper, in the place of a gate. */
struct hand;
struct hand *hand_open(struct real *r, uint32_t index);
void hand_close(struct hand **h);

/* Write bytes as they are, with that many descriptors.  -1: the keeper has cut it off, 0: it has
 * not listened for a second, 1: written. */
int hand_write(struct hand *h, const void *bytes, size_t len, unsigned descriptors);
/* Append a frame with its head. */
void hand_put_frame(struct buf *out, enum frame_type type, struct str payload);

/* Take in what has come; false: cut off.  Waits up to ms for something. */
bool hand_hear(struct hand *h, int ms);
/* Whether it is cut off within ten seconds. */
bool hand_is_cut(struct hand *h);
unsigned hand_replies(const struct hand *h);
/* Whether that connection is the last that it was told to end. */
bool hand_closed(const struct hand *h, struct conn_name conn);

/* The next nonce; waits for one. */
void hand_nonce(struct hand *h, uint8_t nonce[NONCE_BYTES]);

/* A handshake of who with this nonce: the payload of a PEER. */
void hand_handshake(const struct real *r, struct conn_name conn, const struct cert *who,
    const uint8_t nonce[NONCE_BYTES], struct buf *peer);
/* Let who in, as a gate does. */
void hand_enter(struct real *r, struct hand *h, struct conn_name conn, const struct cert *who);

/* False: cut off, or not listened to. */
bool hand_send(struct hand *h, struct conn_name conn, enum method method, const char *target,
    const char *body);
/* Send, and wait: the status of its reply, its body appended (NULL: not wanted); 0: the
 * connection is closed; -1: neither, for ten seconds, or cut off. */
int hand_ask(struct hand *h, struct conn_name conn, enum method method, const char *target,
    const char *body, struct buf *reply);

#endif
