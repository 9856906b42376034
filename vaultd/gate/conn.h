/*
 * One connection: TLS on one side, the strict reader, libmicrohttpd on the other, the keeper.
 *
 *   HANDSHAKE -> HEAD -> BODY -> ASKED -> REPLY -> IDLE -> HEAD ...
 *                  any refusal -> LINGER -> CLOSED
 *
 * A state says what is awaited; conn.c holds its table of steps and deadlines.  One request at
 * a time: what the client sends before its reply has gone out stays where it is.
 */
#ifndef GATE_CONN_H
#define GATE_CONN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "vaultd/gate/head.h"
#include "vaultd/gate/http.h"
#include "vaultd/gate/state.h"
#include "vaultd/gate/tls.h"

enum conn_state {
	CONN_HANDSHAKE,
	CONN_HEAD,   /* a head, or the first byte of a connection's first one */
	CONN_BODY,   /* the rest of a body */
	CONN_ASKED,  /* the keeper's answer */
	CONN_REPLY,  /* the client, to take its reply */
	CONN_IDLE,   /* the next request */
	CONN_LINGER, /* the client's end: a last word is on its way */
	CONN_CLOSED, /* nothing; freed at its next step */
	CONN_STATES
};

struct conn {
	struct gate *gate;
	struct conn_name name;
	enum conn_state state;
	int fd;
	SSL *ssl;
	struct handshake *handshake; /* NULL once it is over */
	bool readable;               /* the socket may hold bytes */
	bool hangup;                 /* the client has ended its side */
	bool thirsty;                /* waits for a nonce */
	bool owed;                   /* the keeper is to hear GONE */
	bool last;                   /* no request after this one */
	bool bare;                   /* the reply has no body: HEAD asked */
	bool answered;               /* libmicrohttpd has written the whole reply */
	bool said;                   /* lingering: all is said, our side is shut */
	bool queued;
	int64_t drawn, deadline; /* boot ns; when it got its nonce */
	int64_t life;             /* boot ns: age, or the certificate's end */
	char address[INET6_ADDRSTRLEN];
	uint16_t port;
	struct tally_entry *by_address, *by_identity;
	struct head head;
	struct buf in;             /* plaintext behind the present request */
	struct buf body;           /* of the request that is being read */
	size_t held;               /* how much of it the gate has counted */
	struct buf out;            /* for TLS, which did not take it at once */
	struct exchange *exchange; /* from the first request on */
	size_t lingered;           /* bytes thrown away */
	STAILQ_ENTRY(conn) next;   /* of those to be stepped */
	TAILQ_ENTRY(conn) waiting; /* among the thirsty */
};

/* The events of libmicrohttpd, for http_new. */
extern const struct http_events conn_events;

/* A client was accepted.  The connection takes fd and by_address. */
void conn_open(
    struct gate *g, int fd, const struct sockaddr *from, struct tally_entry *by_address);

/* epoll saw these events; see to it in the next step. */
void conn_event(struct conn *c, uint32_t events);
/* Step it soon: with those that are served, or with those that come or go. */
void conn_queue(struct conn *c);
/* Take the first off a list, and do what can be done for it now. */
void conn_step(struct conn_list *list);
/* Once a second: enforce its deadline, and give back what it does not use. */
void conn_tick(struct conn *c);

/* The keeper's reply. */
void conn_answer(struct conn *c, const struct frame_reply *r);
/* No more requests: close it when it is idle, else after its reply. */
void conn_drain(struct conn *c);
/* End it at once, telling the keeper. */
void conn_close(struct conn *c);

/* For serve.c: await something else, with that state's deadline. */
void conn_set(struct conn *c, enum conn_state state);
/* For serve.c: out is what the client is to hear last. */
void conn_linger(struct conn *c);

#endif
