/*
 * gate: the value of Host.  Pure, on bytes of strangers.
 */
#include "vaultd/gate/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define PORT_MAX 65535

/* RFC 3986 §2: unreserved and sub-delims. */
static bool
name_byte(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("-._~!$&'()*+,;=", c) != NULL);
}

static bool
name_valid(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (name_byte(s.at[i]))
			continue;
		if (s.at[i] != '%' || s.len - i < 3 || !isxdigit((unsigned char)s.at[i + 1]) ||
		    !isxdigit((unsigned char)s.at[i + 2]))
			return false;
		i += 2;
	}
	return s.len > 0;
}

static bool
address_valid(struct str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (s.len >= sizeof(text) || memchr(s.at, '\0', s.len) != NULL)
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

static bool
port_valid(struct str s)
{
	unsigned long long port;

	return s.len == 0 || (str_to_u64(s, &port) && port <= PORT_MAX);
}

bool
host_valid(struct str value)
{
	struct str host, port;

	if (!str_starts(value, "[")) {
		str_cut(value, ':', &host, &port);
		return name_valid(host) && port_valid(port);
	}
	if (!str_cut(str_from(value, 1), ']', &host, &port) || !address_valid(host))
		return false;
	return port.len == 0 || (str_starts(port, ":") && port_valid(str_from(port, 1)));
}
