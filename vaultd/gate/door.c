/*
 * gate: accepting connections.  Trusted with the caps that keep one address from taking all.
 */
#include "vaultd/gate/door.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "vaultd/gate/conn.h"
#include "vaultd/gate/tally.h"

#define TURN 8 /* connections accepted before others have their turn */

int
door_allow(struct gate *g, const struct str *networks, uint32_t count, struct error *err)
{
	for (uint32_t i = 0; i < count; i++)
		if (i == GATE_NETWORKS || !network_parse(networks[i], &g->network[i]))
			return error_set(err, ERR_INVALID, "the keeper sends a bad network");
	g->networks = count;
	return 0;
}

static bool
allowed(const struct gate *g, const struct sockaddr *from)
{
	for (unsigned i = 0; i < g->networks; i++)
		if (network_holds(&g->network[i], from))
			return true;
	return g->networks == 0;
}

/* Wait for the door's next event, or (descriptors are out) for the next tick. */
static void
listen_for(struct gate *g, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u64 = STATE_LISTENER};

	g->listening = events != 0;
	if (epoll_ctl(g->epoll, EPOLL_CTL_MOD, g->listener, &e) != 0)
		log_error("the listening socket cannot be watched: %s", strerror(errno));
}

/* No descriptor is left. */
static void
pause_door(struct gate *g)
{
	refusals_log(&g->refusals, g->now, "connections wait: %s", strerror(errno));
	listen_for(g, 0);
}

/* What an address is counted by. */
static struct str
key_of(const struct sockaddr *from)
{
	if (from->sa_family == AF_INET6)
		return (struct str){
		    (const char *)&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr,
		    16};
	return (struct str){
	    (const char *)&((const struct sockaddr_in *)(const void *)from)->sin_addr, 4};
}

static void
let_in(struct gate *g, int fd, const struct sockaddr *from)
{
	struct tally_entry *place = NULL;
	struct str key = key_of(from);
	const char *why = NULL;

	if (!allowed(g, from))
		why = "a connection from outside the allowed networks";
	else if (g->table.used >= g->limits.connections)
		why = "a connection: there are too many";
	else if ((place = tally_take(g->addresses, key.at, key.len, g->limits.per_address)) ==
		 NULL)
		why = "a connection: there are too many from its address";
	if (why == NULL) {
		conn_open(g, fd, from, place);
		return;
	}
	refusals_log(&g->refusals, g->now, "refused %s", why);
	close(fd);
}

void
door_accept(struct gate *g)
{
	struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
	socklen_t len;
	int fd = 0;

	for (int i = 0; i < TURN && fd >= 0 && !g->draining; i++) {
		len = sizeof(from);
		fd = accept4(
		    g->listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			let_in(g, fd, (struct sockaddr *)&from);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			 errno == ENOBUFS)
			pause_door(g);
	}
}

void
door_tick(struct gate *g)
{
	if (!g->listening && !g->draining)
		listen_for(g, EPOLLIN);
}

void
door_shut(struct gate *g)
{
	if (g->listener >= 0)
		close(g->listener);
	g->listener = -1;
	g->listening = false;
}
