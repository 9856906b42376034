/*
 * The listener's address as the configuration writes it: numbers only, no names to resolve.
 */
#ifndef IPC_ADDRESS_H
#define IPC_ADDRESS_H

#include <stdbool.h>
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

#endif
