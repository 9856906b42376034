/*
 * Extensions (RFC 5280 §4.2) as they are written: the frame of one, and those that certificates
 * and revocation lists share.
 */
#ifndef POLICY_EXTENSION_WRITE_H
#define POLICY_EXTENSION_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* Octets of their OIDs: id-ce, and id-pe. */
#define OID_SUBJECT_KEY "\x55\x1d\x0e"
#define OID_KEY_USAGE "\x55\x1d\x0f"
#define OID_ALTERNATIVE_NAMES "\x55\x1d\x11"
#define OID_BASIC_CONSTRAINTS "\x55\x1d\x13"
#define OID_CRL_NUMBER "\x55\x1d\x14"
#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e"
#define OID_CRL_URLS "\x55\x1d\x1f"
#define OID_POLICIES "\x55\x1d\x20"
#define OID_AUTHORITY_KEY "\x55\x1d\x23"
#define OID_EXTENDED_USAGE "\x55\x1d\x25"
#define OID_ACCESS "\x2b\x06\x01\x05\x05\x07\x01\x01"

/* Begin an extension; what is appended until it is closed is its value. */
struct extension_mark {
	size_t extension, value;
};
struct extension_mark extension_open(struct buf *out, const char *oid, bool critical);
void extension_close(struct buf *out, struct extension_mark m);

/* subjectKeyIdentifier of a public key. */
void extension_put_subject_key(struct buf *out, struct str spki);

/* authorityKeyIdentifier: the issuer's own identifier, or when it has none that of its key. */
void extension_put_authority_key(struct buf *out, struct str identifier, struct str spki);

/* authorityInfoAccess and cRLDistributionPoints; nothing when there are no URLs. */
void extension_put_access(struct buf *out, struct str_list ocsp, struct str_list issuers);
void extension_put_crl_urls(struct buf *out, struct str_list urls);

#endif
