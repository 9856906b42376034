/*
 * Certificates, requests and revocation lists that this vault signs (RFC 5280, RFC 2986), as
 * the bytes that are signed.  No key comes here: the signature is made elsewhere and joined on.
 */
#ifndef POLICY_CERTIFICATE_H
#define POLICY_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "policy/san.h"

#define SERIAL_BYTES 20

/* A random serial number: positive, 159 bits, never beginning with a zero octet. */
void serial_new(uint8_t serial[SERIAL_BYTES]);
/* Append a serial's octets as "aa:bb:...". */
void serial_format(struct str octets, struct buf *out);
/* Append the octets of "aa:bb" or "aa-bb".  False when text is none, or over SERIAL_BYTES. */
bool serial_parse(struct str text, struct buf *out);

#define PATH_UNLIMITED (-1)

struct certificate {
	struct str serial;      /* octets */
	struct str algorithm;   /* AlgorithmIdentifier, whole, of the issuer's signature */
	struct str issuer;      /* Name, whole */
	struct str subject;     /* Name, whole */
	struct str spki;        /* SubjectPublicKeyInfo, whole */
	struct str issuer_spki; /* whose hash is authorityKeyIdentifier, unless */
	struct str issuer_key;  /* the issuer has a subjectKeyIdentifier: its octets */
	int64_t not_before, not_after; /* seconds since 1970 */
	const struct san *names;
	bool is_ca;
	bool says_leaf;                /* basicConstraints without CA */
	int64_t path_length;           /* of a CA, or PATH_UNLIMITED */
	unsigned usage;                /* enum key_usage */
	unsigned purposes;             /* enum purpose */
	struct str_list more_purposes; /* octets of OIDs */
	struct str_list policies;      /* octets of OIDs */
	struct str_list permitted_dns; /* name constraints */
	struct str_list ca_urls, crl_urls, ocsp_urls;
	struct str extensions; /* whole Extensions, one after the other, taken from a request */
};

/* Append the TBSCertificate. */
void certificate_put(const struct certificate *c, struct buf *out);

/* Append CertificationRequestInfo: a request for a certificate with that subject and key. */
void request_put(struct str subject, struct str spki, const struct san *names, struct buf *out);

/* One revoked certificate, and a list of them. */
struct revoked_entry {
	struct str serial; /* octets */
	int64_t since;     /* seconds since 1970 */
};

struct revocation_list {
	struct str algorithm, issuer, issuer_spki, issuer_key; /* as in struct certificate */
	int64_t this_update, next_update;
	uint64_t number;
	const struct revoked_entry *entries;
	size_t count;
};

/* Append the TBSCertList. */
void revocation_list_put(const struct revocation_list *l, struct buf *out);

/* Append SEQUENCE { signed part, algorithm, signature }. */
void signed_put(struct str part, struct str algorithm, struct str signature, struct buf *out);

/* Append SHA-1 of the key in a SubjectPublicKeyInfo (RFC 5280 §4.2.1.2, method 1). */
void key_identifier(struct str spki, struct buf *out);

#endif
