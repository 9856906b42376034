/*
 * Names of hosts and addresses.  Runs in the keeper on what callers ask for.
 */
#include "policy/hostname.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define LABEL_MOST 63
#define NAME_MOST 253

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
check_label(struct str label)
{
	if (label.len == 0 || label.len > LABEL_MOST || label.at[0] == '-' ||
	    label.at[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_alphanumeric(label.at[i]) && label.at[i] != '-')
			return false;
	return true;
}

bool
hostname_check(struct str name)
{
	struct str label, rest = name;
	bool more = true;

	if (rest.len > 0 && rest.at[rest.len - 1] == '.')
		rest.len--;
	if (rest.len > NAME_MOST)
		return false;
	while (more) {
		more = str_cut(rest, '.', &label, &rest);
		if (!check_label(label))
			return false;
	}
	return true;
}

bool
hostname_cut_wildcard(struct str name, struct str *label, struct str *domain)
{
	struct str before, behind;

	/* One '*', and nothing beside it that a label may not hold. */
	if (!str_cut(name, '.', label, domain) || domain->len == 0 ||
	    memchr(domain->at, '*', domain->len) != NULL ||
	    !str_cut(*label, '*', &before, &behind) ||
	    (behind.len > 0 && memchr(behind.at, '*', behind.len) != NULL))
		return false;
	for (size_t i = 0; i < label->len; i++)
		if (!is_alphanumeric(label->at[i]) && label->at[i] != '-' &&
		    label->at[i] != '*')
			return false;
	return label->at[0] != '-' && label->at[label->len - 1] != '-';
}

bool
hostname_equal(struct str name, struct str domain)
{
	return name.len == domain.len &&
	       (name.len == 0 || strncasecmp(name.at, domain.at, name.len) == 0);
}

bool
hostname_below(struct str name, struct str domain)
{
	size_t cut;

	if (domain.len == 0 || name.len <= domain.len + 1)
		return false;
	cut = name.len - domain.len;
	return name.at[cut - 1] == '.' && hostname_equal(str_from(name, cut), domain);
}

unsigned
address_octets(struct str text, uint8_t octets[ADDRESS_OCTETS])
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy))
		return 0;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, octets) == 1)
		return 4;
	return inet_pton(AF_INET6, copy, octets) == 1 ? 16 : 0;
}

bool
address_within(struct str cidr, struct str octets)
{
	uint8_t base[ADDRESS_OCTETS];
	struct str address, prefix;
	bool cut = str_cut(cidr, '/', &address, &prefix);
	unsigned len = address_octets(address, base);
	unsigned long long bits = 8ull * len;

	if (len == 0 || len != octets.len ||
	    (cut && (!str_to_u64(prefix, &bits) || bits > 8ull * len)))
		return false;
	for (unsigned i = 0; i < len && bits > 0; i++) {
		unsigned mask = bits >= 8 ? 0xff : 0xff00u >> bits & 0xff;

		if (((base[i] ^ (uint8_t)octets.at[i]) & mask) != 0)
			return false;
		bits -= bits >= 8 ? 8 : bits;
	}
	return true;
}
