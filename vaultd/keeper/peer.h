/*
 * Who is connected: for each gate a table of connections whose possession of a certificate of
 * this Hublet the keeper has proven for itself.
 * Security: the only source of a request's identity.
 */
#ifndef KEEPER_PEER_H
#define KEEPER_PEER_H

#include <stdint.h>

#include "base/error.h"
#include "policy/identity.h"
#include "policy/trust.h"
#include "vaultd/ipc/message.h"

struct grant; /* authority.h */

struct peer {
	struct conn_name conn;
	struct identity *identity;
	struct chain chain;    /* copied: for re-checks */
	uint8_t *chain_bytes;
	char address[46];
	uint16_t port;
	int64_t until;         /* boot ns: maximum age, or the certificate's notAfter */
	struct grant *grant;   /* what it may do; NULL until asked; see authority.h */
};

/* The connections of one gate, and the nonces given to it. */
struct peers;

struct peers *peers_new(void);
void peers_free(struct peers **p);

/*
 * Draw count new nonces for this gate, appended to out.  At most 4096 wait unused.
 */
void peers_nonces(struct peers *p, unsigned count, struct buf *out);

/*
 * A handshake: check it (policy/possession.h), its nonce (given to this gate, unused), the chain
 * and identity, and enter the peer.  -1 with the reason; a nonce that was proven is used up then
 * too.
 */
struct peers_rules {
	struct trust *trust;
	struct str server_leaf; /* DER of the listener's certificate */
	int64_t wall_s, boot;   /* now */
	uint32_t age_s;
	uint32_t connections;   /* most at once */
};
int peers_enter(struct peers *p, const struct frame_peer *f, const struct peers_rules *rules,
    struct error *err);

/* The peer of a connection, NULL when there is none of that generation or its time is over. */
struct peer *peers_find(struct peers *p, struct conn_name conn, int64_t boot);
void peers_leave(struct peers *p, struct conn_name conn);

unsigned peers_count(const struct peers *p);

/* Each peer in turn: who is no longer good under trust, or too old, is named to close. */
void peers_recheck(struct peers *p, struct trust *trust, int64_t wall_s, int64_t boot,
    void (*close)(void *arg, struct conn_name conn, const char *why), void *arg);

#endif
