/*
 * Names of hosts as certificates carry them, and addresses.
 */
#ifndef POLICY_HOSTNAME_H
#define POLICY_HOSTNAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define ADDRESS_OCTETS 16

/*
 * A DNS name (RFC 1123 §2.1): labels of letters, digits and '-', 1 to 63 bytes, not beginning
 * or ending in '-', 253 bytes in all, perhaps a dot at its end.  A '*' is in none.
 */
bool hostname_check(struct str name);

/*
 * Cut a name with a '*' (RFC 6125 §6.4.3): one, in the first label alone, with labels behind
 * it. *label is the first label, *domain what stands behind its dot.
 */
bool hostname_cut_wildcard(struct str name, struct str *label, struct str *domain);

/* Equal, or `name` ends in "." and `domain`; ASCII letters of either case are the same. */
bool hostname_equal(struct str name, struct str domain);
bool hostname_below(struct str name, struct str domain);

/* Parse an address; how many octets it has, 4 or 16, or 0 when text is none. */
unsigned address_octets(struct str text, uint8_t octets[ADDRESS_OCTETS]);

/* Whether "10.0.0.0/8" (or a single address) holds an address of that many octets. */
bool address_within(struct str cidr, struct str octets);

#endif
