/*
 * Whom a revocation list names, for who keeps that as text.
 */
#ifndef POLICY_CRL_H
#define POLICY_CRL_H

#include "base/error.h"
#include "base/str.h"

struct bundle; /* bundle.h */

#define CRL_ISSUER 192 /* an issuer's key identifier as "aa:bb:...", terminated */

/*
 * Read a CRL (PEM, or base64 of DER) that a CA of the bundle has signed (bundle.h: its rules),
 * and call each with every serial in it, decimal as identity.h has it.  issuer: the CA's key
 * identifier, as identity.h has a certificate's authority_key.  -1 with ERR_INVALID.
 */
int crl_read(const struct bundle *b, struct str text, char issuer[CRL_ISSUER],
    void (*each)(void *arg, const char *serial), void *arg, struct error *err);

#endif
