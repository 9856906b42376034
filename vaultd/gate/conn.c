/*
 * gate: the life of a connection, from accept to its end.  Trusted with letting nobody stay
 * longer than allowed, and with telling the keeper truly who comes and goes.
 */
#include "vaultd/gate/conn.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "vaultd/gate/serve.h"
#include "vaultd/gate/tally.h"
#include "vaultd/gate/thirst.h"
#include "vaultd/ipc/channel.h"

#define LINGER_SECONDS 5
#define LINGER_BYTES (1024 * 1024)

static void step_handshake(struct conn *c);
static void step_asked(struct conn *c);
static void step_linger(struct conn *c);
static void step_closed(struct conn *c);

#define LIMIT(name) offsetof(struct limits, name)
#define NO_LIMIT SIZE_MAX

static const struct state {
	void (*step)(struct conn *c);
	size_t seconds;     /* which limit is its deadline */
	bool ends_with_age; /* the connection's age counts too */
	bool passing;       /* it comes or goes: who is served comes first */
	const char *late;   /* what to log when the deadline passes */
} states[CONN_STATES] = {
    [CONN_HANDSHAKE] = {step_handshake, LIMIT(handshake_s), false, true, "the handshake"},
    [CONN_HEAD] = {serve_read, LIMIT(head_s), true, false, "a request's head"},
    [CONN_BODY] = {serve_read, LIMIT(body_s), true, false, "a request's body"},
    [CONN_ASKED] = {step_asked, NO_LIMIT, false, false, NULL},
    [CONN_REPLY] = {serve_write, LIMIT(write_stall_s), false, false, "taking a reply"},
    [CONN_IDLE] = {serve_read, LIMIT(idle_s), true, false, NULL},
    [CONN_LINGER] = {step_linger, NO_LIMIT, false, true, NULL},
    [CONN_CLOSED] = {step_closed, NO_LIMIT, false, true, NULL},
};

void
conn_set(struct conn *c, enum conn_state state)
{
	const struct state *s = &states[state];
	uint32_t seconds;

	c->state = state;
	c->deadline = INT64_MAX;
	if (s->seconds != NO_LIMIT) {
		memcpy(&seconds, (const char *)&c->gate->limits + s->seconds, sizeof(seconds));
		c->deadline = c->gate->now + seconds * CLOCK_SECOND;
	}
	if (s->ends_with_age && c->life < c->deadline)
		c->deadline = c->life;
}

void
conn_queue(struct conn *c)
{
	struct conn_list *list = states[c->state].passing ? &c->gate->passing : &c->gate->served;

	if (c->queued)
		return;
	c->queued = true;
	STAILQ_INSERT_TAIL(list, c, next);
}

void
conn_event(struct conn *c, uint32_t events)
{
	if (events & EPOLLIN)
		c->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hangup = true;
	conn_queue(c);
}

void
conn_step(struct conn_list *list)
{
	struct conn *c = STAILQ_FIRST(list);

	STAILQ_REMOVE_HEAD(list, next);
	c->queued = false;
	states[c->state].step(c);
}

/* The oldest first: the keeper lets nonces die some time after a later one was used. */
static bool
draw(void *arg, uint8_t nonce[NONCE_BYTES])
{
	struct conn *c = arg;
	struct buf *stock = &c->gate->nonces;

	if (stock->len < NONCE_BYTES || (!c->thirsty && !TAILQ_EMPTY(&c->gate->thirsty)))
		return false;
	if (c->thirsty) /* its time begins now */
		conn_set(c, CONN_HANDSHAKE);
	c->drawn = c->gate->now;
	memcpy(nonce, stock->data, NONCE_BYTES);
	buf_drop(stock, NONCE_BYTES);
	c->owed = true;
	return true;
}

static void
set_address(struct conn *c, const struct sockaddr *from)
{
	const struct sockaddr_in *in4 = (const void *)from;
	const struct sockaddr_in6 *in6 = (const void *)from;
	bool is6 = from->sa_family == AF_INET6;

	if (is6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], c->address, sizeof(c->address));
	else if (is6)
		inet_ntop(AF_INET6, &in6->sin6_addr, c->address, sizeof(c->address));
	else
		inet_ntop(AF_INET, &in4->sin_addr, c->address, sizeof(c->address));
	c->port = ntohs(is6 ? in6->sin6_port : in4->sin_port);
}

void
conn_open(struct gate *g, int fd, const struct sockaddr *from, struct tally_entry *by_address)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
	const int on = 1;

	if (c == NULL)
		fatal("no memory for a connection");
	c->gate = g;
	c->fd = fd;
	c->by_address = by_address;
	c->life = INT64_MAX;
	set_address(c, from);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->ssl = tls_open(g->tls, fd, &c->handshake);
	c->handshake->draw = draw;
	c->handshake->arg = c;
	head_init(&c->head, &g->limits);
	c->name = table_add(&g->table, c);
	e.data.u64 = (uint64_t)c->name.number << 32 | c->name.generation;
	if (epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		fatal("epoll refuses a connection");
	conn_set(c, CONN_HANDSHAKE);
}

static void
send_peer(struct conn *c)
{
	const struct frame_peer peer = {
	    c->name, str_of(c->address), c->port, buf_str(&c->handshake->messages)};

	frame_put_peer(channel_begin(c->gate->keeper, FRAME_PEER), &peer);
	channel_end(c->gate->keeper);
}

/* The end of the connection's time, of the two that there are. */
static int64_t
life_of(const struct conn *c)
{
	int64_t age = c->gate->limits.age_s * CLOCK_SECOND;
	int64_t left = c->handshake->identity->not_after * CLOCK_SECOND - clock_wall();

	return c->gate->now + (left < age ? left : age);
}

/* The handshake is complete: who it is was decided in it. */
static void
welcome(struct conn *c)
{
	struct gate *g = c->gate;
	struct str id = c->handshake->identity->id;
	const int on = 1;

	/* A client that waits for tickets before it writes would wait 40 ms for our ACK. */
	setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	c->by_identity = tally_take(g->identities, id.at, id.len, g->limits.per_identity);
	if (c->by_identity == NULL) {
		refusals_log(&g->refusals, g->now, "%s: refused: %.*s has too many connections",
		    c->address, STR(id));
		conn_linger(c);
		return;
	}
	c->life = life_of(c);
	send_peer(c);
	tls_end_handshake(c->ssl, &c->handshake);
	c->last = g->draining;
	/* The handshake may have read on into the first request: no event will tell of that. */
	c->readable = true;
	conn_set(c, CONN_HEAD);
	conn_queue(c);
}

static void
step_handshake(struct conn *c)
{
	struct gate *g = c->gate;
	enum tls_result r = tls_handshake(c->ssl, c->handshake);

	if (r == TLS_WANT_NONCE)
		thirst_add(c);
	else
		thirst_leave(c);
	if (r == TLS_DONE) {
		welcome(c);
	} else if (r == TLS_FAILED || r == TLS_END) {
		refusals_log(&g->refusals, g->now, "%s: refused: %s", c->address,
		    c->handshake->err.text);
		conn_linger(c);
	} else if (c->hangup) {
		conn_close(c);
	}
}

/* While the keeper works, all that can happen is that the client leaves. */
static void
step_asked(struct conn *c)
{
	if (c->hangup)
		conn_close(c);
}

void
conn_linger(struct conn *c)
{
	http_close(&c->exchange);
	conn_set(c, CONN_LINGER);
	c->deadline = c->gate->now + LINGER_SECONDS * CLOCK_SECOND;
	conn_queue(c);
}

/* Say the last word, shut our side, and take what still comes: closing with bytes unread would
 * reset the connection, and the client would not get to read that word. */
static void
step_linger(struct conn *c)
{
	ssize_t n;

	if (!serve_flush(c) || c->state == CONN_CLOSED)
		return;
	if (!c->said) {
		tls_notify(c->ssl);
		shutdown(c->fd, SHUT_WR);
		c->said = true;
	}
	do {
		n = recv(c->fd, c->gate->scratch, sizeof(c->gate->scratch), MSG_DONTWAIT);
		c->lingered += n > 0 ? (size_t)n : 0;
	} while (n > 0 && c->lingered < LINGER_BYTES);
	if (n >= 0 || c->hangup)
		conn_close(c);
}

void
conn_close(struct conn *c)
{
	struct gate *g = c->gate;
	const struct frame_conn gone = {c->name};

	if (c->state == CONN_CLOSED)
		return;
	if (c->owed) {
		frame_put_conn(channel_begin(g->keeper, FRAME_GONE), &gone);
		channel_end(g->keeper);
	}
	thirst_leave(c);
	table_remove(&g->table, c->name);
	conn_set(c, CONN_CLOSED);
	conn_queue(c);
}

static void
step_closed(struct conn *c)
{
	struct gate *g = c->gate;

	http_close(&c->exchange);
	tls_end_handshake(c->ssl, &c->handshake);
	tls_close(&c->ssl);
	close(c->fd);
	tally_give(g->addresses, &c->by_address);
	tally_give(g->identities, &c->by_identity);
	head_free(&c->head);
	buf_free(&c->in);
	serve_drop_body(c);
	buf_free(&c->out);
	free(c);
}

void
conn_tick(struct conn *c)
{
	struct gate *g = c->gate;

	if (c->handshake == NULL)
		tls_rest(c->ssl);
	if (g->now < c->deadline)
		return;
	if (states[c->state].late != NULL && g->now < c->life)
		refusals_log(&g->refusals, g->now, "%s: closed: %s took too long", c->address,
		    states[c->state].late);
	if (c->state == CONN_IDLE)
		tls_notify(c->ssl);
	conn_close(c);
}

void
conn_answer(struct conn *c, const struct frame_reply *r)
{
	if (c->state != CONN_ASKED) {
		log_error("the keeper answers what was not asked");
		return;
	}
	c->last = c->last || r->close || c->gate->now >= c->life;
	serve_answer(c, r);
}

void
conn_drain(struct conn *c)
{
	c->last = true;
	if (c->state == CONN_IDLE || (c->state == CONN_HEAD && !head_begun(&c->head))) {
		tls_notify(c->ssl);
		conn_close(c);
	}
}

static void
answered(void *arg)
{
	struct conn *c = arg;

	c->answered = true;
	conn_queue(c);
}

/* That is as it should be after a last reply; at any other time it is a fault of ours. */
static void
ended(void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_REPLY && c->answered && c->last)
		return;
	log_error("libmicrohttpd hangs up");
	conn_close(c);
}

const struct http_events conn_events = {answered, ended};
