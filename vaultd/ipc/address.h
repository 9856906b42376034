/*
 * Addresses and networks as the configuration writes them: numbers only, no names to resolve.
 */
#ifndef IPC_ADDRESS_H
#define IPC_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/str.h"

/* "127.0.0.1:8200", "[::1]:8200".  *len becomes the length of *to.  False: it is none. */
bool address_parse(struct str text, struct sockaddr_storage *to, socklen_t *len);

/*
 * count sockets that listen at that address and share its connections (SO_REUSEPORT): stream,
 * non-blocking, close-on-exec, without Nagle's delay.  -1 with ERR_IO, also when another
 * program listens there.
 */
int address_listen(const char *text, int *sockets, unsigned count, struct error *err);

/* A network; IPv4 as IPv6 writes it (::ffff:a.b.c.d). */
struct network {
	uint8_t prefix[16];
	unsigned bits; /* of the prefix that count: 0..128 */
};

/* "10.0.0.0/8", "fd00::/8", "192.0.2.7".  False: it is none, or has bits beyond its prefix. */
bool network_parse(struct str text, struct network *to);

/* Whether an address (AF_INET or AF_INET6) is in it. */
bool network_holds(const struct network *n, const struct sockaddr *address);

#endif
