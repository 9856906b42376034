/*
 * Keeper: who is connected.  Trusted to let nobody in whose key it has not seen at work.
 */
#include "vaultd/keeper/peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "policy/possession.h"
#include "vaultd/keeper/authority.h"

#define NONCES 4096 /* power of two */
#define NONCE_LIFE (15 * CLOCK_SECOND)
#define NUMBERS (1u << 20)

/* A nonce is its sequence number (u32), then 28 random bytes.  A gate draws them in order. */
struct nonce {
	bool waiting;  /* given to the gate, and not used */
	int64_t drawn; /* boot ns when a later one was used; 0: not yet */
	uint8_t bytes[POSSESSION_NONCE];
};

struct peers {
	struct peer **table; /* by connection number */
	size_t room;
	unsigned count; /* in it */
	struct nonce nonces[NONCES]; /* by sequence, the oldest make room */
	uint32_t given;              /* sequence of the next to give */
	uint32_t seen;               /* all before it have been drawn */
};

struct peers *
peers_new(void)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (p == NULL)
		fatal("no memory for a gate's connections");
	return p;
}

static void
free_peer(struct peer *peer)
{
	if (peer == NULL)
		return;
	identity_free(&peer->identity);
	grant_release(&peer->grant);
	free(peer->chain_bytes);
	free(peer);
}

void
peers_free(struct peers **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < (*p)->room; i++)
		free_peer((*p)->table[i]);
	free((*p)->table);
	free(*p);
	*p = NULL;
}

/* ---- nonces ---- */

void
peers_nonces(struct peers *p, unsigned count, struct buf *out)
{
	for (unsigned i = 0; i < count; i++) {
		struct nonce *n = &p->nonces[p->given % NONCES];
		struct buf sequence = BUF_INIT;

		buf_put_u32(&sequence, p->given++);
		random_bytes(n->bytes, sizeof(n->bytes));
		memcpy(n->bytes, sequence.data, sequence.len);
		n->waiting = true;
		n->drawn = 0;
		buf_put(out, n->bytes, sizeof(n->bytes));
		buf_free(&sequence);
	}
}

/* Use up a nonce: it must be one of this gate's, unused, and drawn not long ago. */
static int
use_nonce(struct peers *p, const uint8_t *nonce, int64_t boot, struct error *err)
{
	struct reader head = reader_of(nonce, POSSESSION_NONCE);
	uint32_t sequence = reader_u32(&head);
	struct nonce *n = &p->nonces[sequence % NONCES];
	bool known = n->waiting && memcmp(n->bytes, nonce, POSSESSION_NONCE) == 0;

	if (!known)
		return error_set(err, ERR_DENIED, "the handshake's nonce is not one that waits");
	n->waiting = false;
	for (; (int32_t)(sequence - p->seen) >= 0; p->seen++)
		p->nonces[p->seen % NONCES].drawn = boot;
	if (boot - n->drawn > NONCE_LIFE)
		return error_set(err, ERR_DENIED, "the handshake's nonce is too old");
	return 0;
}

/* ---- entering and leaving ---- */

static void
copy_chain(struct peer *peer, const struct chain *chain)
{
	size_t total = 0, at = 0;

	for (unsigned i = 0; i < chain->count; i++)
		total += chain->der[i].len;
	peer->chain_bytes = malloc(total > 0 ? total : 1);
	if (peer->chain_bytes == NULL)
		fatal("no memory for a certificate chain");
	peer->chain.count = chain->count;
	for (unsigned i = 0; i < chain->count; i++) {
		struct str der = chain->der[i];

		memcpy(peer->chain_bytes + at, der.at, der.len);
		peer->chain.der[i] = (struct str){ (char *)peer->chain_bytes + at, der.len };
		at += der.len;
	}
}

static void
place(struct peers *p, struct peer *peer)
{
	uint32_t number = peer->conn.number;

	while (number >= p->room) {
		size_t room = p->room == 0 ? 256 : p->room * 2;

		p->table = realloc(p->table, room * sizeof(*p->table));
		if (p->table == NULL)
			fatal("no memory for %zu connections", room);
		memset(p->table + p->room, 0, (room - p->room) * sizeof(*p->table));
		p->room = room;
	}
	free_peer(p->table[number]);
	p->table[number] = peer;
}

static int64_t
end_of(const struct identity *id, const struct peers_rules *rules)
{
	int64_t age = rules->age_s, left = id->not_after - rules->wall_s;

	return rules->boot + (left < age ? left : age) * CLOCK_SECOND;
}

int
peers_enter(struct peers *p, const struct frame_peer *f, const struct peers_rules *rules,
    struct error *err)
{
	struct possession proof;
	struct identity *id;
	struct peer *peer;

	if (f->conn.number >= NUMBERS || f->address.len >= sizeof(peer->address))
		return error_set(err, ERR_INVALID, "a gate named a connection it cannot have");
	peers_leave(p, f->conn);
	if (p->count >= rules->connections)
		return error_set(err, ERR_DENIED, "a gate has more connections than it may");
	if (possession_verify(f->messages, rules->server_leaf, &proof, err) != 0 ||
	    use_nonce(p, proof.nonce, rules->boot, err) != 0)
		return -1;
	id = trust_verify(rules->trust, &proof.chain, rules->wall_s, NULL, err);
	if (id == NULL)
		return -1;
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL)
		fatal("no memory for a connection");
	peer->conn = f->conn;
	peer->identity = id;
	peer->port = f->port;
	memcpy(peer->address, f->address.at, f->address.len);
	peer->until = end_of(id, rules);
	copy_chain(peer, &proof.chain);
	place(p, peer);
	p->count++;
	return 0;
}

struct peer *
peers_find(struct peers *p, struct conn_name conn, int64_t boot)
{
	struct peer *peer = conn.number < p->room ? p->table[conn.number] : NULL;

	if (peer == NULL || peer->conn.generation != conn.generation || boot >= peer->until)
		return NULL;
	return peer;
}

void
peers_leave(struct peers *p, struct conn_name conn)
{
	if (conn.number >= p->room || p->table[conn.number] == NULL)
		return;
	free_peer(p->table[conn.number]);
	p->table[conn.number] = NULL;
	p->count--;
}

unsigned
peers_count(const struct peers *p)
{
	return p->count;
}

void
peers_recheck(struct peers *p, struct trust *trust, int64_t wall_s, int64_t boot,
    void (*close)(void *arg, struct conn_name conn, const char *why), void *arg)
{
	for (size_t i = 0; i < p->room; i++) {
		struct peer *peer = p->table[i];
		struct error err = ERROR_INIT;

		if (peer == NULL)
			continue;
		if (boot >= peer->until)
			error_set(&err, ERR_DENIED, "its time is over");
		else if (trust_recheck(trust, &peer->chain, wall_s, &err) == 0)
			continue;
		close(arg, peer->conn, err.text);
		peers_leave(p, peer->conn);
	}
}
