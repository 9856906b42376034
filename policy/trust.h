/*
 * Whether a chain of certificates leads to this Hublet's CA, now.  Both gate (in the handshake)
 * and keeper (again, for itself) ask here.  Uses OpenSSL's path validation (RFC 5280) under a
 * leaf profile of our own (identity.h) and our rules for issuers: CA true, keyCertSign, path
 * length and name constraints obeyed, no SPIFFE ID with a path, none of a foreign trust domain.
 */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "policy/identity.h"

#define CHAIN_CERTIFICATES 8
#define CHAIN_BYTES (32 * 1024)

/* A peer's certificates in DER as they came, leaf first.  Borrowed. */
struct chain {
	unsigned count;
	struct str der[CHAIN_CERTIFICATES];
};

struct trust;

/*
 * A bundle: one or more CA certificates (PEM), the CRLs that go with them (PEM, empty for none;
 * each must be signed by one of the CAs and be in force at its use: an expired CRL refuses all
 * leaves of its issuer), and the trust domain that every leaf must have.
 * NULL with ERR_INVALID naming what is wrong with which block.
 */
struct trust *trust_new(struct str ca_pem, struct str crl_pem, const char *trust_domain,
    struct error *err);
void trust_free(struct trust **t);

/*
 * Whom the vault's own PKI mounts have revoked (a revoked_set, copied): refused from now on,
 * whatever the CRLs say, and forgotten where it was found good.
 */
void trust_revoke(struct trust *t, struct str revoked);

/*
 * Verify a chain at time now (seconds since 1970).  The identity is new; the caller frees it.
 * NULL with ERR_INVALID (malformed, against the profile), ERR_FOREIGN (another CA or trust
 * domain) or ERR_DENIED (expired, not yet valid, revoked), and a sentence without certificate
 * bytes.  The outcome of signature and path checks is cached by the chain's hash (256 entries);
 * validity times and the CRL are looked at each time.  *alert, if not NULL, is the TLS alert
 * (RFC 8446 §6.2) that tells the peer.
 */
struct identity *trust_verify(struct trust *t, const struct chain *chain, int64_t now, int *alert,
    struct error *err);

/*
 * Of a chain that was verified before: is its leaf still good now under this bundle?  0 or -1
 * as trust_verify.  For live connections after a reload.
 */
int trust_recheck(struct trust *t, const struct chain *chain, int64_t now, struct error *err);

/* The CA certificates and CRLs that t stands on.  Borrowed. */
struct bundle;
const struct bundle *trust_bundle(const struct trust *t);

#endif
