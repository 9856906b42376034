/*
 * Path validation (RFC 5280 §6) by OpenSSL, under the bundle's rules for issuers and its CRLs.
 */
#ifndef POLICY_PATH_H
#define POLICY_PATH_H

#include <stdint.h>

#include "base/error.h"
#include "policy/bundle.h"
#include "policy/trust.h"

/* Set a bundle's store up for path_verify: once, before the first. */
void path_prepare(struct bundle *b);

/*
 * Find a path from the chain's leaf to an anchor of the bundle, good at now.  *good is the span
 * of time in which the same path stays so: every certificate of it valid, every CRL in force.
 * 0, or -1 with ERR_INVALID, ERR_FOREIGN or ERR_DENIED as trust_verify, and the alert.
 */
int path_verify(const struct bundle *b, const struct chain *chain, const char *trust_domain,
    int64_t now, struct span *good, int *alert, struct error *err);

#endif
