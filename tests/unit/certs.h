/*
 * Certificates made inside tests: good ones by default, bad ones by saying what is different.
 */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <openssl/x509.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "policy/trust.h"

#define CERTS_NOW \
	INT64_C(1800000000) /* when everything made here is valid, if not said otherwise */
#define CERTS_DAY 86400
#define CERTS_FIELDS 12

struct cert {
	X509 *x509;
	EVP_PKEY *key;
	struct buf der;
};

/* What is different; all zero is the usual. */
struct cert_change {
	/*
	 * Extensions as "name=value" in the words of OpenSSL's x509v3_config(5)
	 * ("1.2.3=DER:0500" too): one of the usual name replaces it, without a value drops it,
	 * "+name=value" adds.
	 */
	const char *with[CERTS_FIELDS];
	const char *subject; /* common name; "" for an empty subject */
	const char *serial;  /* hexadecimal, perhaps with '-' */
	const char *key;     /* "P-256", "P-384", "P-521", "ED25519", "RSA-2048" ... */
	const char *digest;  /* "SHA256"; of ED25519 issuers none is used */
	int version;         /* 1, 2, 3 ... */
	int64_t from, until; /* seconds from CERTS_NOW; usual: a day before, a day after */
};

/* A private key of that kind.  Each call with another n gives another one (RSA: kept, slow). */
EVP_PKEY *certs_key(const char *kind, unsigned n);

/* A CA, self-signed when issuer is NULL; a leaf for a SPIFFE ID.  change may be NULL. */
struct cert *certs_ca(
    const char *name, const struct cert *issuer, const struct cert_change *change);
struct cert *certs_leaf(
    const char *id, const struct cert *issuer, const struct cert_change *change);
void certs_free(struct cert **c);

/*
 * A CRL of the CA: from and until in seconds from CERTS_NOW, revoked may be NULL; extension as
 * above or NULL.  Appended as PEM.
 */
void certs_crl(struct buf *pem, const struct cert *ca, int64_t from, int64_t until,
    const struct cert *revoked, const char *extension);
void certs_pem(struct buf *pem, const struct cert *c);

struct str certs_der(const struct cert *c);
/* A chain of certificates, the last NULL. */
struct chain certs_chain(const struct cert *leaf, ...);

/*
 * In DER, put `insert` in place of `remove` bytes at offset `at`, and set the lengths of all
 * the elements around right.  No signature is made again.
 */
void certs_splice(struct buf *der, size_t at, size_t remove, const void *insert, size_t len);
/* Where these bytes first occur; the test fails when they do not. */
size_t certs_find(const struct buf *der, const void *bytes, size_t len);

#endif
