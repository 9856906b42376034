/*
 * Reading DER (X.690 §8, §10), strictly: definite lengths in their shortest form, canonical
 * integers and booleans, nothing behind the last element.  No tree, no allocation: a cursor
 * that is cut into smaller cursors.
 */
#ifndef POLICY_DER_H
#define POLICY_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80, /* | n: [n] IMPLICIT of a primitive type */
	DER_CONSTRUCTED =
	    0x20 /* DER_CONTEXT | DER_CONSTRUCTED | n: [n] EXPLICIT, or of a SEQUENCE */
};

/* What is left to read.  Borrowed. */
struct der {
	const uint8_t *at;
	size_t left;
};

struct der der_of(const void *bytes, size_t len);

/* Nothing is left. */
bool der_done(const struct der *d);

/* The next element, if there is one, has this tag. */
bool der_next(const struct der *d, unsigned tag);

/*
 * Take the next element, whatever its tag; *content is what it holds, *whole (may be NULL) the
 * element with its header.  False when it is cut short, its length is not in DER, or its tag
 * number is 31 or more (nothing in a certificate's is).  d does not move then.
 */
bool der_take_any(struct der *d, unsigned *tag, struct der *content, struct str *whole);

/* Take the next element, which must have this tag. */
bool der_take(struct der *d, unsigned tag, struct der *content);

/* Take an INTEGER: its octets, two's complement, shortest form. */
bool der_take_integer(struct der *d, struct der *octets);

/* Take `BOOLEAN DEFAULT FALSE`: absent is false, and an encoded false is refused. */
bool der_take_default_false(struct der *d, bool *value);

/* Take a BIT STRING: its octets, the number of unused bits at the end (which are zero). */
bool der_take_bits(struct der *d, struct der *octets, unsigned *unused);

/* Take an OBJECT IDENTIFIER: its octets, checked (X.690 §8.19). */
bool der_take_oid(struct der *d, struct str *oid);

/*
 * Take a Time as RFC 5280 §4.1.2.5 has it: YYMMDDHHMMSSZ until 2049, YYYYMMDDHHMMSSZ from 2050
 * on.  *seconds since 1970.
 */
bool der_take_time(struct der *d, int64_t *seconds);

/*
 * An OID's octets, as der_take_oid gave them, in dotted decimal.  Writes at most size bytes
 * (not terminated) and returns how many, or 0 when they do not fit or an arc exceeds 64 bits.
 */
size_t der_format_oid(struct str oid, char *text, size_t size);

#endif
