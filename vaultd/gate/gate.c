/*
 * gate: the process that touches the network.  Trusted with TLS and with plaintext in passing;
 * with no vault key and no file.  What a broken one can do: read and forge the traffic of those
 * who connect to it, see SECURITY.md.
 *
 * One thread, one loop: handle what has come, let each connection do what it can, send the
 * keeper all frames at once.
 */
#include "vaultd/gate/gate.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "vaultd/gate/conn.h"
#include "vaultd/gate/door.h"
#include "vaultd/gate/http.h"
#include "vaultd/gate/state.h"
#include "vaultd/gate/tally.h"
#include "vaultd/gate/thirst.h"
#include "vaultd/gate/tls.h"
#include "vaultd/gate/wiping.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"
#include "vaultd/ipc/sandbox.h"

#define EVENTS 256
#define ROUNDS 16 /* of steps before the sockets are looked at again */
#define SPELL (CLOCK_SECOND / 5000) /* what all who come or go have of a turn */
#define OWN_DESCRIPTORS 32 /* of no connection */
#define DRAIN_SECONDS 10
#define THIRST_SECONDS 2 /* a handshake that sits on a nonce while others wait for one */
#define TICK_MS 1000

static int
take_tls(struct gate *g, struct str payload, struct error *err)
{
	struct frame_tls f;
	struct tls *next;

	if (!frame_get_tls(payload, &f))
		return error_set(err, ERR_INVALID, "the keeper sends a malformed TLS frame");
	if ((next = tls_new(&f, err)) == NULL)
		return -1;
	tls_free(&g->tls);
	g->tls = next;
	g->limits = f.limits;
	if (g->limits.connections > g->room) {
		log_warn("descriptors are enough for %u connections, not for %u: raise the limit "
			 "(LimitNOFILE, ulimit -n)",
		    g->room, g->limits.connections);
		g->limits.connections = g->room;
	}
	return door_allow(g, f.network, f.networks, err);
}

/* Each connection, while f may close them. */
static void
each(struct gate *g, void (*f)(struct conn *c))
{
	for (uint32_t i = 0; i < g->table.size; i++)
		if (table_at(&g->table, i) != NULL)
			f(table_at(&g->table, i));
}

static int
take_nonces(struct gate *g, struct str payload, struct error *err)
{
	struct frame_nonces f;

	if (!frame_get_nonces(payload, &f) || f.nonces.len % NONCE_BYTES != 0)
		return error_set(err, ERR_INVALID, "the keeper sends malformed nonces");
	buf_put_str(&g->nonces, f.nonces);
	return 0;
}

static int
take_reply(struct gate *g, struct str payload, struct error *err)
{
	struct frame_reply f;
	struct conn *c;

	if (!frame_get_reply(payload, &f))
		return error_set(err, ERR_INVALID, "the keeper sends a malformed reply");
	if ((c = table_find(&g->table, f.conn)) != NULL)
		conn_answer(c, &f);
	return 0;
}

static int
take_close(struct gate *g, struct str payload, struct error *err)
{
	struct frame_conn f;
	struct conn *c;

	if (!frame_get_conn(payload, &f))
		return error_set(err, ERR_INVALID, "the keeper sends a malformed CLOSE");
	if ((c = table_find(&g->table, f.conn)) != NULL)
		conn_close(c);
	return 0;
}

static int
take_drain(struct gate *g, struct str payload, struct error *err)
{
	(void)payload;
	(void)err;
	if (g->draining)
		return 0;
	g->draining = true;
	g->drained_by = g->now + DRAIN_SECONDS * CLOCK_SECOND;
	door_shut(g);
	each(g, conn_drain);
	return 0;
}

static int
take(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	static int (*const takers[FRAME_TYPES])(struct gate *, struct str, struct error *) = {
	    [FRAME_TLS] = take_tls,
	    [FRAME_NONCES] = take_nonces,
	    [FRAME_REPLY] = take_reply,
	    [FRAME_CLOSE] = take_close,
	    [FRAME_DRAIN] = take_drain,
	};

	(void)fd;
	if (takers[type] == NULL)
		return error_set(
		    err, ERR_INVALID, "the keeper sends %s", frame_rules[type].name);
	return takers[type](arg, payload, err);
}

static void
watch(struct gate *g, int how, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event e = {.events = events, .data.u64 = tag};

	if (epoll_ctl(g->epoll, how, fd, &e) != 0)
		fatal("epoll refuses a descriptor: %s", strerror(errno));
}

/* As many descriptors as we may have; a connection needs three. */
static unsigned
raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		fatal("getrlimit: %s", strerror(errno));
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		fatal("setrlimit: %s", strerror(errno));
	return r.rlim_cur < INT_MAX ? (unsigned)r.rlim_cur : INT_MAX;
}

static unsigned
room_for(unsigned descriptors)
{
	return descriptors > OWN_DESCRIPTORS + 3 ? (descriptors - OWN_DESCRIPTORS) / 3 : 1;
}

/* Wait for the first TLS frame and nonces: without them there is nothing to do. */
static int
await_orders(struct gate *g, struct error *err)
{
	struct epoll_event e;

	while (g->tls == NULL || g->nonces.len == 0) {
		if (epoll_wait(g->epoll, &e, 1, -1) < 0 && errno != EINTR)
			return error_set_errno(err, "epoll_wait");
		if (channel_read(g->keeper, take, g, err) != 0)
			return -1;
	}
	return 0;
}

static int
enter(struct gate *g, unsigned index, struct error *err)
{
	unsigned descriptors;

	wiping_init();
	tzset(); /* reads a file, which gmtime would do at its first use */
	g->index = index;
	g->now = clock_boot();
	STAILQ_INIT(&g->served);
	STAILQ_INIT(&g->passing);
	TAILQ_INIT(&g->thirsty);
	g->listener = CHILD_FIRST;
	g->keeper = channel_new(CHILD_CHANNEL, SIDE_GATE, SIDE_KEEPER);
	g->addresses = tally_new();
	g->identities = tally_new();
	descriptors = raise_descriptors();
	g->room = room_for(descriptors);
	g->http = http_new(descriptors, &conn_events); /* what was closed counts there for a while */
	if ((g->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return error_set_errno(err, "epoll_create1");
	watch(g, EPOLL_CTL_ADD, CHILD_CHANNEL, EPOLLIN, STATE_KEEPER);
	if (await_orders(g, err) != 0 || sandbox_enter(SANDBOX_GATE, NULL, 0, err) != 0)
		return -1;
	channel_begin(g->keeper, FRAME_LISTENING);
	channel_end(g->keeper);
	if (channel_flush(g->keeper, err) != 0)
		return -1;
	watch(g, EPOLL_CTL_ADD, g->listener, EPOLLIN, STATE_LISTENER);
	g->listening = true;
	return channel_flush(g->keeper, err);
}

/* Step all connections that are served; those queued meanwhile come in the next round. */
static void
serve(struct gate *g)
{
	struct conn_list round = STAILQ_HEAD_INITIALIZER(round);

	g->worked = g->worked || !STAILQ_EMPTY(&g->served);
	STAILQ_CONCAT(&round, &g->served);
	while (!STAILQ_EMPTY(&round))
		conn_step(&round);
}

/*
 * Those that come or go, for a while: a flood of handshakes must not hold up who is served for
 * longer than one of them takes.
 */
static void
pass(struct gate *g)
{
	int64_t until = clock_boot() + SPELL;

	g->worked = g->worked || !STAILQ_EMPTY(&g->passing);
	while (!STAILQ_EMPTY(&g->passing)) {
		conn_step(&g->passing);
		if (clock_boot() >= until)
			return;
	}
}

static void
run(struct gate *g)
{
	for (int i = 0; i < ROUNDS && (!STAILQ_EMPTY(&g->served) || http_busy(g->http)); i++) {
		if (http_busy(g->http))
			http_run(g->http);
		serve(g);
	}
	thirst_quench(g);
	pass(g);
}

/* Whether there is more to do at once. */
static bool
is_busy(const struct gate *g)
{
	return !STAILQ_EMPTY(&g->served) || !STAILQ_EMPTY(&g->passing) || http_busy(g->http);
}

static int
handle(struct gate *g, const struct epoll_event *e, struct error *err)
{
	const struct conn_name name = {(uint32_t)(e->data.u64 >> 32), (uint32_t)e->data.u64};
	struct conn *c;

	if (e->data.u64 == STATE_KEEPER)
		return channel_read(g->keeper, take, g, err);
	if (e->data.u64 == STATE_LISTENER)
		door_accept(g);
	else if ((c = table_find(&g->table, name)) != NULL)
		conn_event(c, e->events);
	return 0;
}

/* Connections that hold a nonce and do not get on, while others wait for one. */
static void
hurry(struct conn *c)
{
	if (c->state == CONN_HANDSHAKE && c->handshake->drew &&
	    c->gate->now - c->drawn >= THIRST_SECONDS * CLOCK_SECOND)
		conn_close(c);
}

static void
tick(struct gate *g)
{
	if (g->now < g->next_tick)
		return;
	g->next_tick = g->now + CLOCK_SECOND;
	each(g, conn_tick);
	if (!TAILQ_EMPTY(&g->thirsty))
		each(g, hurry);
	refusals_tick(&g->refusals, g->now);
	if (g->worked)
		malloc_trim(0); /* what connections gave back lies among what they keep */
	g->worked = false;
	door_tick(g);
}

static bool
drained(const struct gate *g)
{
	return g->draining && (g->table.used == 0 || g->now >= g->drained_by) &&
	       STAILQ_EMPTY(&g->served) && STAILQ_EMPTY(&g->passing) &&
	       !channel_wants_write(g->keeper);
}

/* What was queued for the keeper leaves now, or when its socket has room again. */
static int
flush(struct gate *g, struct error *err)
{
	int rc = channel_flush(g->keeper, err);

	if (rc == 0 && g->blocked != channel_wants_write(g->keeper)) {
		g->blocked = !g->blocked;
		watch(g, EPOLL_CTL_MOD, CHILD_CHANNEL, EPOLLIN | (g->blocked ? EPOLLOUT : 0),
		    STATE_KEEPER);
	}
	return rc;
}

/* How long to wait for events, in ms: not at all, until the next tick, or for ever. */
static int
patience(const struct gate *g)
{
	if (is_busy(g))
		return 0;
	return g->table.used > 0 || !g->listening || g->refusals.unsaid > 0 ? TICK_MS : -1;
}

static int
loop(struct gate *g, struct error *err)
{
	struct epoll_event events[EVENTS];
	int n, rc = 0;

	while (rc == 0 && !drained(g)) {
		n = epoll_wait(g->epoll, events, EVENTS, patience(g));
		if (n < 0 && errno != EINTR)
			return error_set_errno(err, "epoll_wait");
		g->now = clock_boot();
		for (int i = 0; i < n && rc == 0; i++)
			rc = handle(g, &events[i], err);
		tick(g);
		run(g);
		if (rc == 0)
			rc = flush(g, err);
		wiping_stack();
	}
	return rc;
}

/* Cut off who is still here, and leave nothing. */
static void
leave(struct gate *g)
{
	each(g, conn_close);
	serve(g);
	while (!STAILQ_EMPTY(&g->passing))
		pass(g);
	http_free(&g->http);
	tls_free(&g->tls);
	buf_free(&g->nonces);
	tally_free(&g->addresses);
	tally_free(&g->identities);
	table_free(&g->table);
	channel_free(&g->keeper);
	wipe(g, sizeof(*g));
	free(g);
}

int
gate_main(unsigned index)
{
	struct gate *g = calloc(1, sizeof(*g));
	struct error err = ERROR_INIT;
	int rc;

	if (g == NULL)
		fatal("no memory for the gate");
	rc = enter(g, index, &err);
	if (rc == 0)
		rc = loop(g, &err);
	if (rc != 0)
		log_warn("%s", err.text); /* why it was, the keeper says */
	leave(g);
	return rc == 0 ? 0 : 1;
}
