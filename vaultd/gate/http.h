/*
 * libmicrohttpd, which frames requests and replies, over one end of a socketpair for each
 * connection; the gate holds the other end and speaks TLS.  It sees only what gate/head.h
 * passed, so that it never has a reason to answer by itself.
 *
 * All its sockets are ours, so nothing can happen to them between two calls of these functions:
 * its epoll descriptor is in no set, http_run is called whenever http_busy says so.
 */
#ifndef GATE_HTTP_H
#define GATE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "vaultd/ipc/message.h"

struct http;
struct exchange; /* libmicrohttpd's view of one connection */

/* What happens in http_run; conn is what http_open was given. */
struct http_events {
	void (*asked)(void *conn);    /* a request is complete: http_answer is awaited */
	void (*answered)(void *conn); /* the whole reply waits in http_receive */
	void (*ended)(void *conn);    /* libmicrohttpd has hung up */
};

/* A daemon for at most `connections` exchanges.  Before the sandbox; fatal when it fails. */
struct http *http_new(unsigned connections, const struct http_events *events);
/* Something is to be done; and do it.  Calls the events. */
bool http_busy(const struct http *h);
void http_run(struct http *h);

/* A new exchange; NULL when descriptors are out. */
struct exchange *http_open(struct http *h, void *conn);
/* End it in whatever state it is; no event comes any more. */
void http_close(struct exchange **x);

/* Hand bytes of a request over.  False when libmicrohttpd has hung up.  May call http_run. */
bool http_send(struct exchange *x, const void *bytes, size_t len);
/* Take what there is of the reply, at most len bytes; returns how many. */
size_t http_receive(struct exchange *x, void *bytes, size_t len);

/* The body of the request that asked; who has read it frees it. */
struct buf *http_body(struct exchange *x);
/* Answer the request; everything is copied.  close: say so in the head and close. */
void http_answer(struct exchange *x, const struct frame_reply *r, bool close);

#endif
