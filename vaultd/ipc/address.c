/*
 * Addresses and networks: main opens listening sockets with them, a gate refuses strangers.
 */
#include "vaultd/ipc/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Copy text to a terminated buffer for inet_pton; false when it is too long. */
static bool
terminate(struct str text, char to[INET6_ADDRSTRLEN])
{
	if (text.len >= INET6_ADDRSTRLEN)
		return false;
	memcpy(to, text.at, text.len);
	to[text.len] = '\0';
	return true;
}

bool
address_parse(struct str text, struct sockaddr_storage *to, socklen_t *len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	char host[INET6_ADDRSTRLEN];
	unsigned long long port;
	size_t colon = text.len;

	while (colon > 0 && text.at[colon - 1] != ':')
		colon--;
	if (colon == 0 || !str_to_u64(str_from(text, colon), &port) || port < 1 || port > 65535)
		return false;
	text.len = colon - 1;
	memset(to, 0, sizeof(*to));
	if (str_starts(text, "[") && str_ends(text, "]")) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*len = sizeof(*v6);
		text.len--;
		return terminate(str_from(text, 1), host) &&
		       inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	*len = sizeof(*v4);
	return terminate(text, host) && inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

/* A socket bound to the address; option: SO_REUSEPORT or SO_REUSEADDR. */
static int
bind_socket(const struct sockaddr_storage *to, socklen_t len, int option)
{
	const int on = 1;
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, option, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)to, len) == 0)
		return fd;
	close(fd);
	return -1;
}

/*
 * Whether nobody listens there: a socket without SO_REUSEPORT, for another vaultd at this address
 * would share its callers.  Processes of one that was killed may still be ending: they are waited
 * for, three seconds at most.
 */
static bool
is_free(const struct sockaddr_storage *to, socklen_t len)
{
	const struct timespec pause = {0, 50000000};
	bool free = false;

	for (int i = 0; i < 60 && !free; i++) {
		int probe = bind_socket(to, len, SO_REUSEADDR);

		free = probe >= 0 && listen(probe, 1) == 0;
		if (probe >= 0)
			close(probe);
		if (!free && errno != EADDRINUSE)
			return false;
		if (!free)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return free;
}

int
address_listen(const char *text, int *sockets, unsigned count, struct error *err)
{
	struct sockaddr_storage to;
	socklen_t len;

	if (!address_parse(str_of(text), &to, &len))
		return error_set(err, ERR_INVALID, "%s is no address", text);
	if (!is_free(&to, len))
		return error_set_errno(err, "listening at %s", text);
	for (unsigned i = 0; i < count; i++)
		if ((sockets[i] = bind_socket(&to, len, SO_REUSEPORT)) < 0 ||
		    listen(sockets[i], SOMAXCONN) != 0)
			return error_set_errno(err, "listening at %s", text);
	return 0;
}

bool
network_parse(struct str text, struct network *to)
{
	char host[INET6_ADDRSTRLEN];
	struct str address, length;
	unsigned long long bits;
	bool has_length = str_cut(text, '/', &address, &length), v4;

	if (!terminate(address, host))
		return false;
	memcpy(to->prefix, mapped, sizeof(mapped));
	v4 = inet_pton(AF_INET, host, to->prefix + sizeof(mapped)) == 1;
	if (!v4 && inet_pton(AF_INET6, host, to->prefix) != 1)
		return false;
	bits = v4 ? 32 : 128;
	if (has_length && (!str_to_u64(length, &bits) || bits > (v4 ? 32 : 128)))
		return false;
	to->bits = (unsigned)bits + (v4 ? 96 : 0);
	for (unsigned i = to->bits; i < 128; i++)
		if (to->prefix[i / 8] & (0x80 >> i % 8))
			return false;
	return true;
}

bool
network_holds(const struct network *n, const struct sockaddr *address)
{
	uint8_t bytes[16];

	if (address->sa_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
	} else {
		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + 12, &((const struct sockaddr_in *)address)->sin_addr, 4);
	}
	for (unsigned i = 0; i < n->bits; i++)
		if ((bytes[i / 8] ^ n->prefix[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}
