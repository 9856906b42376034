/*
 * What a Hublet trusts, as OpenSSL's objects: its CA certificates, each an anchor by itself,
 * and their CRLs.  Never changed once made but for what is revoked; a reload makes another.
 */
#ifndef POLICY_BUNDLE_H
#define POLICY_BUNDLE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#define BUNDLE_MAX 64 /* CA certificates, and CRLs */

/* A span of time, seconds since 1970: from <= now < until. */
struct span {
	int64_t from, until;
};

/* Cut *s to what also lies in [from, until). */
void span_cut(struct span *s, const ASN1_TIME *from, const ASN1_TIME *until);

struct crl {
	X509_CRL *list;
	X509 *issuer;     /* the CA certificate whose key signed it */
	struct span span; /* thisUpdate to nextUpdate */
};

struct bundle {
	X509_STORE *store;
	unsigned ca_count, crl_count;
	X509 *cas[BUNDLE_MAX];
	struct crl crls[BUNDLE_MAX];
	struct buf revoked; /* a revoked_set: what the vault itself has revoked */
};

/*
 * Read CA certificates and CRLs (PEM, text between the blocks is skipped).  Refused: a block of
 * another type; a certificate that bundle_check_issuer refuses; a CRL that none of the CAs
 * signed, that is of the same CA as another, has no nextUpdate, a weak digest or a critical
 * extension (so no delta, partial or indirect CRL).  NULL with ERR_INVALID naming the block.
 */
struct bundle *bundle_new(
    struct str ca_pem, struct str crl_pem, const char *trust_domain, struct error *err);
void bundle_free(struct bundle **b);

/*
 * What every issuer must be: version 3, CA true, with keyCertSign, and if it carries a SPIFFE
 * ID at all, exactly spiffe://<trust domain>.  0 or -1 with ERR_INVALID or ERR_FOREIGN.
 */
int bundle_check_issuer(X509 *issuer, const char *trust_domain, struct error *err);

/*
 * Read one CRL (DER) by the same rules, but that there may be others of its CA.  -1 with
 * ERR_INVALID; after 0 the list is the caller's to free.
 */
int bundle_read_crl(const struct bundle *b, const unsigned char *der, long len, struct crl *crl,
    struct error *err);

/* The CRL for certificates signed by this issuer's name and key, or NULL. */
const struct crl *bundle_find_crl(const struct bundle *b, X509 *issuer);

#endif
