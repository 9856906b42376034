#include "base/net.h"

#include <arpa/inet.h>
#include <string.h>

struct network {
	unsigned char bytes[16];
	unsigned bits;
};

/* An address as 16 bytes, IPv4 mapped (RFC 4291 2.5.5.2); *bits is 32 or 128. */
static bool
parse_address(const char *text, unsigned char bytes[16], unsigned *bits)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	*bits = 128;
	if (inet_pton(AF_INET6, text, bytes) == 1)
		return true;
	memcpy(bytes, mapped, sizeof(mapped));
	*bits = 32;
	return inet_pton(AF_INET, text, bytes + 12) == 1;
}

static bool
parse(struct str text, struct network *n)
{
	struct str address, length;
	unsigned long long prefix;
	char copy[INET6_ADDRSTRLEN];
	unsigned bits;

	bool cut = str_cut(text, '/', &address, &length);
	if (address.len >= sizeof(copy))
		return false;
	memcpy(copy, address.at, address.len);
	copy[address.len] = '\0';
	if (!parse_address(copy, n->bytes, &bits))
		return false;
	prefix = bits;
	if (cut && (!str_to_u64(length, &prefix) || prefix > bits))
		return false;
	n->bits = 128 - bits + (unsigned)prefix;
	return true;
}

bool
net_valid(struct str network)
{
	struct network n;

	return parse(network, &n);
}

bool
net_holds(struct str network, const char *address)
{
	struct network n, a;
	unsigned whole, rest;

	if (!parse(network, &n) || !parse(str_of(address), &a))
		return false;
	whole = n.bits / 8;
	rest = n.bits % 8;
	return memcmp(n.bytes, a.bytes, whole) == 0 &&
	    (rest == 0 || (n.bytes[whole] ^ a.bytes[whole]) >> (8 - rest) == 0);
}
