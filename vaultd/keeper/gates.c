/*
 * Keeper: the channels to the gates.  What comes in here is not trusted.
 */
#include "vaultd/keeper/gates.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/refusals.h"
#include "vaultd/config.h"
#include "vaultd/keeper/keeper.h"
#include "vaultd/keeper/turns.h"
#include "vaultd/keeper/waiters.h"

#define NONCE_STOCK 512 /* a gate's, ahead of need */
#define UNREAD (16u * 1024 * 1024) /* bytes that may wait for a gate; it is not read until it reads */
#define A_TURN (16u * 1024 * 1024) /* bytes of replies in a turn of the loop: more ask in the next */

struct gate {
	uint64_t serial; /* of this life of the gate; 0: nobody is in this place */
	uint32_t index;
	struct channel *channel;
	struct peers *peers;
	bool listening;
	struct refusals refusals; /* of peers that were not proven */
};

struct gates {
	struct gate list[GATES_MAX];
	uint64_t serial;
	struct outbox *outbox;
};

struct gates *
gates_new(void)
{
	struct gates *g = calloc(1, sizeof(*g));

	if (g == NULL)
		fatal("no memory for gates");
	g->outbox = outbox_new();
	return g;
}

static void
drop(struct gate *gate)
{
	channel_free(&gate->channel);
	peers_free(&gate->peers);
	memset(gate, 0, sizeof(*gate));
}

void
gates_free(struct gates **g)
{
	if (*g == NULL)
		return;
	for (unsigned i = 0; i < GATES_MAX; i++)
		drop(&(*g)->list[i]);
	outbox_free(&(*g)->outbox);
	free(*g);
	*g = NULL;
}

struct outbox *
gates_outbox(struct gates *g)
{
	return g->outbox;
}

/* ---- what the keeper tells a gate ---- */

static void
send_tls(struct keeper *k, struct gate *gate)
{
	const struct config *c = k->config;
	struct frame_tls f = { .server_pem = k->files.server_pem, .server_key = k->files.server_key,
		.ca_pem = k->files.ca_pem, .crl_pem = k->files.crl_pem,
		.trust_domain = str_of(c->trust_domain), .revoked = buf_str(&k->revoked),
		.limits = c->limits,
		.networks = c->listener.networks };

	for (unsigned i = 0; i < f.networks; i++)
		f.network[i] = str_of(c->listener.network[i]);
	frame_put_tls(channel_begin(gate->channel, FRAME_TLS), &f);
	channel_end(gate->channel);
}

static void
send_nonces(struct gate *gate, unsigned count)
{
	struct buf nonces = BUF_INIT;
	struct frame_nonces f;

	peers_nonces(gate->peers, count, &nonces);
	f.nonces = buf_str(&nonces);
	frame_put_nonces(channel_begin(gate->channel, FRAME_NONCES), &f);
	channel_end(gate->channel);
	buf_free(&nonces);
}

static void
send_close(struct gate *gate, struct conn_name conn)
{
	struct frame_conn f = { conn };

	frame_put_conn(channel_begin(gate->channel, FRAME_CLOSE), &f);
	channel_end(gate->channel);
}

void
gates_add(struct keeper *k, uint32_t index, int fd)
{
	struct gate *gate = &k->gates->list[index];

	drop(gate);
	gate->serial = ++k->gates->serial;
	gate->index = index;
	gate->channel = channel_new(fd, SIDE_KEEPER, SIDE_GATE);
	gate->peers = peers_new();
	send_tls(k, gate);
	send_nonces(gate, NONCE_STOCK);
}

/* ---- what a gate tells the keeper ---- */

static void
enter(struct keeper *k, struct gate *gate, const struct frame_peer *f)
{
	struct peers_rules rules = { .trust = k->trust, .server_leaf = buf_str(&k->server_leaf),
		.wall_s = clock_wall() / CLOCK_SECOND, .boot = clock_boot(),
		.age_s = k->config->limits.age_s,
		.connections = k->config->limits.connections };
	struct error err = ERROR_INIT;

	if (peers_enter(gate->peers, f, &rules, &err) == 0) {
		send_nonces(gate, 1);
		return;
	}
	refusals_log(&gate->refusals, rules.boot, "gate[%u]: a peer at %.*s was not proven: %s",
	    gate->index, STR(f->address), err.text);
	send_close(gate, f->conn);
}

static void
leave(struct keeper *k, struct gate *gate, struct conn_name conn)
{
	waiters_leave(k->waiters, gate->serial, conn);
	/* A handshake that failed, there or here, has used a nonce of its own. */
	if (peers_find(gate->peers, conn, 0) == NULL)
		send_nonces(gate, 1);
	else
		peers_leave(gate->peers, conn);
}

static void
ask(struct keeper *k, struct gate *gate, const struct frame_request *f, struct str payload)
{
	struct peer *peer = peers_find(gate->peers, f->conn, clock_boot());
	struct errand e = { .gate = gate->serial, .conn = f->conn };

	if (peer == NULL) {
		send_close(gate, f->conn);
		return;
	}
	turns_serve(k, peer, f, &e, payload);
}

bool
gates_full(const struct gates *g)
{
	return outbox_bytes(g->outbox) >= A_TURN;
}

struct context {
	struct keeper *k;
	struct gate *gate;
};

static int
handle(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct context *c = arg;
	struct frame_peer peer;
	struct frame_request request;
	struct frame_conn conn;

	(void)fd;
	switch (type) {
	case FRAME_LISTENING:
		if (c->gate->listening)
			break;
		c->gate->listening = true;
		keeper_settle(c->k);
		return 0;
	case FRAME_PEER:
		if (!frame_get_peer(payload, &peer))
			break;
		enter(c->k, c->gate, &peer);
		return 0;
	case FRAME_REQUEST:
		if (!frame_get_request(payload, &request))
			break;
		ask(c->k, c->gate, &request, payload);
		return gates_full(c->k->gates) ? CHANNEL_ENOUGH : 0;
	case FRAME_GONE:
		if (!frame_get_conn(payload, &conn))
			break;
		leave(c->k, c->gate, conn.conn);
		return 0;
	default:
		break;
	}
	return error_set(err, ERR_INVALID, "a malformed or untimely %s frame",
	    frame_rules[type].name);
}

static bool
is_heard(const struct gate *gate)
{
	return gate->serial != 0 && channel_pending(gate->channel) < UNREAD;
}

bool
gates_wait(const struct gates *g)
{
	for (unsigned i = 0; i < GATES_MAX; i++)
		if (is_heard(&g->list[i]) && channel_waits(g->list[i].channel))
			return true;
	return false;
}

void
gates_read(struct keeper *k)
{
	for (unsigned i = 0; i < GATES_MAX; i++) {
		struct gate *gate = &k->gates->list[i];
		struct context c = { k, gate };
		struct error err = ERROR_INIT;

		if (!is_heard(gate) || channel_read(gate->channel, handle, &c, &err) == 0)
			continue;
		if (err.code != ERR_IO)
			log_error("gate[%u] is cut off: %s", gate->index, err.text);
		drop(gate);
		keeper_settle(k);
	}
}

void
gates_write(struct keeper *k)
{
	for (unsigned i = 0; i < GATES_MAX; i++) {
		struct gate *gate = &k->gates->list[i];

		if (gate->serial != 0 && channel_flush(gate->channel, NULL) != 0)
			drop(gate);
	}
}

/* ---- the rest ---- */

unsigned
gates_poll(struct gates *g, struct pollfd *polls)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GATES_MAX; i++) {
		struct gate *gate = &g->list[i];

		if (gate->serial == 0)
			continue;
		polls[n].fd = channel_fd(gate->channel);
		polls[n].events = is_heard(gate) ? POLLIN : 0;
		polls[n].events |= channel_wants_write(gate->channel) ? POLLOUT : 0;
		polls[n++].revents = 0;
	}
	return n;
}

unsigned
gates_count(const struct gates *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GATES_MAX; i++)
		n += g->list[i].serial != 0;
	return n;
}

unsigned
gates_connections(const struct gates *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GATES_MAX; i++)
		n += g->list[i].peers != NULL ? peers_count(g->list[i].peers) : 0;
	return n;
}

unsigned
gates_listening(const struct gates *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GATES_MAX; i++)
		n += g->list[i].listening;
	return n;
}

static struct gate *
find(struct gates *g, uint64_t serial)
{
	for (unsigned i = 0; i < GATES_MAX; i++)
		if (serial != 0 && g->list[i].serial == serial)
			return &g->list[i];
	return NULL;
}

struct peer *
gates_peer(struct gates *g, uint64_t serial, struct conn_name conn)
{
	struct gate *gate = find(g, serial);

	return gate == NULL ? NULL : peers_find(gate->peers, conn, clock_boot());
}

void
gates_reply(struct gates *g, uint64_t serial, struct str reply)
{
	struct gate *gate = find(g, serial);

	if (gate == NULL)
		return;
	buf_put_str(channel_begin(gate->channel, FRAME_REPLY), reply);
	channel_end(gate->channel);
}

void
gates_send_tls(struct keeper *k)
{
	for (unsigned i = 0; i < GATES_MAX; i++)
		if (k->gates->list[i].serial != 0)
			send_tls(k, &k->gates->list[i]);
}

void
gates_drain(struct gates *g)
{
	for (unsigned i = 0; i < GATES_MAX; i++) {
		if (g->list[i].serial == 0)
			continue;
		channel_begin(g->list[i].channel, FRAME_DRAIN);
		channel_end(g->list[i].channel);
	}
}

static void
close_peer(void *arg, struct conn_name conn, const char *why)
{
	struct gate *gate = arg;

	log_info("gate[%u]: a connection is closed: %s", gate->index, why);
	send_close(gate, conn);
}

void
gates_recheck(struct keeper *k)
{
	int64_t wall = clock_wall() / CLOCK_SECOND, boot = clock_boot();

	for (unsigned i = 0; i < GATES_MAX; i++) {
		struct gate *gate = &k->gates->list[i];

		if (gate->serial == 0)
			continue;
		refusals_tick(&gate->refusals, boot);
		peers_recheck(gate->peers, k->trust, wall, boot, close_peer, gate);
	}
}
