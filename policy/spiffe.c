/*
 * The text of a SPIFFE ID (SPIFFE-ID standard §2), contracts in identity.h.  Runs in gate and
 * keeper on names that strangers chose; what passes here needs no escaping anywhere.
 */
#include <string.h>

#include "policy/identity.h"

#define DOMAIN_MAX 255

static bool
domain_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
	       c == '_';
}

static bool
path_byte(char c)
{
	return domain_byte(c) || (c >= 'A' && c <= 'Z');
}

int
spiffe_check_domain(struct str domain, struct error *err)
{
	if (domain.len == 0 || domain.len > DOMAIN_MAX)
		return error_set(err, ERR_INVALID,
		    "SPIFFE ID: a trust domain has 1 to %d bytes", DOMAIN_MAX);
	for (size_t i = 0; i < domain.len; i++)
		if (!domain_byte(domain.at[i]))
			return error_set(err, ERR_INVALID,
			    "SPIFFE ID: a trust domain holds only a-z, 0-9, '.', '-' and '_'");
	return 0;
}

static int
check_segment(struct str segment, struct error *err)
{
	if (segment.len == 0)
		return error_set(err, ERR_INVALID,
		    "SPIFFE ID: the path has an empty segment or ends in '/'");
	if (str_is(segment, ".") || str_is(segment, ".."))
		return error_set(
		    err, ERR_INVALID, "SPIFFE ID: the path has a segment '.' or '..'");
	for (size_t i = 0; i < segment.len; i++)
		if (!path_byte(segment.at[i]))
			return error_set(err, ERR_INVALID,
			    "SPIFFE ID: a path holds only letters, digits, '.', '-' and '_'");
	return 0;
}

int
spiffe_check(struct str id, struct error *err)
{
	struct str domain, rest, segment;
	bool more;

	if (id.len > SPIFFE_ID_MAX)
		return error_set(
		    err, ERR_INVALID, "SPIFFE ID: longer than %d bytes", SPIFFE_ID_MAX);
	if (!str_starts(id, "spiffe://"))
		return error_set(
		    err, ERR_INVALID, "SPIFFE ID: it does not begin with spiffe://");
	more = str_cut(str_from(id, strlen("spiffe://")), '/', &domain, &rest);
	if (spiffe_check_domain(domain, err) != 0)
		return -1;
	if (!more || rest.len == 0)
		return error_set(err, ERR_INVALID, "SPIFFE ID: it has no path");
	while (more) {
		more = str_cut(rest, '/', &segment, &rest);
		if (check_segment(segment, err) != 0)
			return -1;
	}
	return 0;
}
