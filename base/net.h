/*
 * Networks in CIDR form (RFC 4632, RFC 4291): which addresses they hold.
 */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>

#include "base/str.h"

/* "10.0.0.0/8", "fd00::/8", or a single address. */
bool net_valid(struct str network);

/* Whether the address (text, as inet_ntop writes it) lies in the network.  An IPv4 address
 * mapped into IPv6 counts as IPv4. */
bool net_holds(struct str network, const char *address);

#endif
