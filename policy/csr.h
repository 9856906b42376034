/*
 * Certificate requests (PKCS #10, RFC 2986) of strangers: read by our own strict walk, their
 * own signature checked, nothing believed beyond that their sender holds the key.
 */
#ifndef POLICY_CSR_H
#define POLICY_CSR_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/san.h"

/* Everything points into der. */
struct csr {
	struct buf der;
	struct str subject; /* Name, whole */
	struct str spki;    /* SubjectPublicKeyInfo, whole */
	struct str common_name, serial_number;
	struct san names;
	unsigned usage;            /* of a keyUsage extension, enum key_usage; 0: none */
	struct str extended_usage; /* content of its SEQUENCE of OIDs; at is NULL: none */
	struct buf others; /* whole Extensions outside id-ce and id-pe, to be copied verbatim */
	const char *key_type; /* "rsa", "ec", "ed25519" */
	unsigned key_bits;    /* 0 for Ed25519 */
};

/*
 * Read the first block of PEM labelled as a request (or "NEW CERTIFICATE REQUEST").  NULL with
 * ERR_INVALID: not DER, a duplicate attribute or extension, names that san_read refuses, a weak
 * key or digest, a signature that is not its key's.  Free with csr_free.
 */
struct csr *csr_read(struct str pem, struct error *err);
void csr_free(struct csr **c);

/* The same from DER; for tests that feed it anything. */
struct csr *csr_read_der(struct str der, struct error *err);

#endif
