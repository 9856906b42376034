/*
 * A client for tests of the gate: TLS by OpenSSL, HTTP by hand.
 */
#ifndef TESTS_TLS_CLIENT_H
#define TESTS_TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "tests/unit/certs.h"

struct client {
	SSL *ssl;
	int fd;
	int alert;      /* that the server sent; -1: none */
	struct buf got; /* received, not taken yet */
};

/* What is unusual about it; all zero is the usual. */
struct client_wish {
	bool tls12;
	const char *groups;
	const char *alpn; /* in wire form */
};

/* Connect with that certificate (NULL: none).  The handshake's failure shows in c->alert. */
struct client *client_open(int port, const struct cert *cert, const struct client_wish *wish);
/* A TCP connection only. */
int client_connect(int port);
void client_close(struct client **c);

void client_send(struct client *c, const char *bytes, size_t len);
void client_say(struct client *c, const char *text);

/*
 * Take one response.  Returns its status, 0 when the connection ended (or five seconds passed)
 * before it was complete.  head: of a HEAD request, there is no body.  The head, terminated,
 * and the body go to where they are wanted (NULL: nowhere).
 */
int client_take(struct client *c, bool head, struct buf *fields, struct buf *body);
/* The server ends the connection, in good order, without another byte. */
bool client_ends(struct client *c);

#endif
