/*
 * The value of Host, for line.c (RFC 9110 §7.2): one that is no host is refused, because two
 * readers could see two servers in it.
 */
#ifndef GATE_HOST_H
#define GATE_HOST_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Whether this is a host and perhaps a port (RFC 3986 §3.2.2, §3.2.3): a name of at least one
 * byte, an IPv4 address, or an IPv6 address in brackets, without a zone; the port empty, or a
 * number to 65535.  An empty host is none (RFC 9110 §4.2.2).
 */
bool host_valid(struct str value);

#endif
