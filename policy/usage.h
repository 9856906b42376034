/*
 * What a certificate's key is for: key usages and extended key usages by the names that roles
 * give them (those of Go's crypto/x509), as bits and OIDs.
 */
#ifndef POLICY_USAGE_H
#define POLICY_USAGE_H

#include "base/buf.h"
#include "base/str.h"

/* Bits of keyUsage as RFC 5280 §4.2.1.3 numbers them. */
enum key_usage {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_CONTENT_COMMITMENT = 1 << 1,
	USAGE_KEY_ENCIPHERMENT = 1 << 2,
	USAGE_DATA_ENCIPHERMENT = 1 << 3,
	USAGE_KEY_AGREEMENT = 1 << 4,
	USAGE_CERT_SIGN = 1 << 5,
	USAGE_CRL_SIGN = 1 << 6,
	USAGE_ENCIPHER_ONLY = 1 << 7,
	USAGE_DECIPHER_ONLY = 1 << 8
};

/* The bits that names (any case, "KeyUsage" in front or not) stand for; others count nothing.
 */
unsigned usage_bits(struct str_list names);

/* Purposes of extendedKeyUsage. */
enum purpose {
	PURPOSE_ANY = 1 << 0,
	PURPOSE_SERVER = 1 << 1,
	PURPOSE_CLIENT = 1 << 2,
	PURPOSE_CODE = 1 << 3,
	PURPOSE_EMAIL = 1 << 4,
	PURPOSE_IPSEC_END = 1 << 5,
	PURPOSE_IPSEC_TUNNEL = 1 << 6,
	PURPOSE_IPSEC_USER = 1 << 7,
	PURPOSE_TIME = 1 << 8,
	PURPOSE_OCSP = 1 << 9
};

/* As usage_bits ("ExtKeyUsage" in front or not). */
unsigned usage_purposes(struct str_list names);

/* Append the OID elements of purposes, in the table's order. */
void usage_put_purposes(unsigned purposes, struct buf *out);

#endif
