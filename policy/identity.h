/*
 * Who a certificate says its holder is: a leaf's own claims, read with our own strict DER walk
 * before any field is believed.  Rules: SPIFFE X.509-SVID and SPIFFE-ID standards, RFC 5280.
 * The profile: version 3; serial 1..2^159; CA false; keyUsage present, critical, digitalSignature
 * without keyCertSign and cRLSign; EKU absent or with clientAuth; exactly one URI SAN, a SPIFFE
 * ID; key P-256, P-384, Ed25519 or RSA 2048..4096; signature without SHA-1 or MD5; DER, no
 * duplicate extensions, nothing behind any field.
 * Security: nothing here proves that the claims are true; trust.h does.
 */
#ifndef POLICY_IDENTITY_H
#define POLICY_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

#define SPIFFE_ID_MAX 2048    /* bytes */
#define IDENTITY_NAMES 32     /* most SANs of one kind that are kept; more is refused */

/* A list of borrowed names. */
struct name_list {
	unsigned count;
	struct str names[IDENTITY_NAMES];
};

struct extension {
	struct str oid;   /* dotted decimal */
	struct str value; /* the extension's octets; when they are an ASN.1 string, its text */
};

struct identity {
	struct str id;           /* spiffe://<trust domain>/<path> */
	struct str trust_domain;
	struct str path;         /* with its leading slash */
	struct str common_name;  /* may be empty */
	struct name_list dns, email, uri, units; /* SANs; organizational units of the subject */
	unsigned extension_count;
	struct extension extensions[IDENTITY_NAMES]; /* others than those RFC 5280 names */
	struct str serial;       /* decimal */
	struct str serial_hex;   /* "aa:bb:..." */
	struct str subject_key, authority_key; /* "aa:bb:..." or empty */
	int64_t not_before, not_after; /* seconds since 1970 */
	uint8_t fingerprint[32]; /* SHA-256 of the DER */
};

/*
 * Read a leaf certificate (DER, len bytes, at most 16 KiB).  NULL with ERR_INVALID and the rule
 * that was broken, as "certificate: two URI names, a SPIFFE leaf has exactly one".
 * All strs point into memory of the identity; free with identity_free.
 */
struct identity *identity_read(const void *der, size_t len, struct error *err);

/*
 * One more holder of the same identity, which nobody changes: each holder calls identity_free.
 * Not for two threads.
 */
struct identity *identity_share(struct identity *id);
void identity_free(struct identity **id);

/* Check the text of a SPIFFE ID with a non-empty path.  0, or -1 with ERR_INVALID and the rule. */
int spiffe_check(struct str id, struct error *err);
/* Check a trust domain: [a-z0-9._-], 1..255 bytes. */
int spiffe_check_domain(struct str domain, struct error *err);

#endif
