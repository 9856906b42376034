/*
 * libmicrohttpd, which writes the replies, over one end of a socketpair for each connection;
 * the gate holds the other end and speaks TLS.  A request has been read, strictly, by
 * gate/head.h and answered by the keeper before libmicrohttpd hears of it, and what it hears is
 * a bare "POST /": it never parses a client's byte, never waits in the middle of a request, and
 * has no reason to answer by itself.
 *
 * All its sockets are ours, so nothing can happen to them between two calls of these functions:
 * its epoll descriptor is in no set, http_run is called whenever http_busy says so.
 */
#ifndef GATE_HTTP_H
#define GATE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vaultd/ipc/message.h"

struct http;
struct exchange; /* libmicrohttpd's view of one connection */

/* What happens in http_run; conn is what http_open was given. */
struct http_events {
	void (*answered)(void *conn); /* the whole reply waits in http_receive */
	void (*ended)(void *conn);    /* libmicrohttpd has hung up */
};

/* A daemon for at most `connections` exchanges.  Before the sandbox; fatal when it fails. */
struct http *http_new(unsigned connections, const struct http_events *events);
/* When every exchange is closed. */
void http_free(struct http **h);
/* Something is to be done; and do it.  Calls the events. */
bool http_busy(const struct http *h);
void http_run(struct http *h);

/* A new exchange; NULL when descriptors are out. */
struct exchange *http_open(struct http *h, void *conn);
/* End it in whatever state it is; no event comes any more. */
void http_close(struct exchange **x);

/*
 * Write a reply; everything is copied.  bare: the head only, as HEAD has it.  close: say so in
 * the head, and hang up.  False when libmicrohttpd is gone.
 */
bool http_answer(struct exchange *x, const struct frame_reply *r, bool bare, bool close);
/* Take what there is of the reply, at most len bytes; returns how many. */
size_t http_receive(struct exchange *x, void *bytes, size_t len);

#endif
