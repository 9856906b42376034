/*
 * Writing DER (X.690 §8, §10): elements are appended to a buf; one that holds others is opened,
 * filled and closed.  What der.h reads back is what was written here.
 */
#ifndef POLICY_DER_WRITE_H
#define POLICY_DER_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "policy/der.h"

/* Begin an element that holds others; what is appended until der_close is its content. */
size_t der_open(struct buf *out, unsigned tag);
void der_close(struct buf *out, size_t opened);

/* One element: tag, length, content. */
void der_put(struct buf *out, unsigned tag, struct str content);

/* INTEGER: a small one; a positive one from its octets, big-endian. */
void der_put_small(struct buf *out, uint64_t value);
void der_put_positive(struct buf *out, struct str octets);

/* BOOLEAN TRUE (FALSE is always a default, and never written). */
void der_put_true(struct buf *out);

/* OBJECT IDENTIFIER from its octets. */
void der_put_oid(struct buf *out, struct str octets);

/* BIT STRING of whole octets; of a named bit list, bit 0 the lowest of `bits` (X.690 §11.2.2).
 */
void der_put_octet_bits(struct buf *out, struct str octets);
void der_put_named_bits(struct buf *out, unsigned bits);

/* Time as RFC 5280 §4.1.2.5 has it, seconds since 1970; GeneralizedTime whatever the year. */
void der_put_time(struct buf *out, int64_t seconds);
void der_put_generalized_time(struct buf *out, int64_t seconds);

/* A string: PrintableString when it can be one, else UTF8String. */
void der_put_string(struct buf *out, struct str text);

/*
 * Append the octets of an OID in dotted decimal ("1.3.6.1.4.1").  False, with nothing appended,
 * when it is none.
 */
bool der_encode_oid(struct buf *out, struct str dotted);

#endif
