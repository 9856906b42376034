/*
 * Certificate signing requests (PKCS #10, RFC 2986) for an Ed25519 signer (RFC 8410).
 */
#ifndef KEYS_CSR_H
#define KEYS_CSR_H

#include "base/buf.h"
#include "base/secret.h"

/*
 * Append a request, PEM, for a certificate in signer's name (a secret of DIGEST_SIGNER bytes):
 * common name, and one URI name.  keyUsage is asked to be digitalSignature, critical.
 */
void csr_format(const struct secret *signer, const char *common_name, const char *uri,
    struct buf *out);

#endif
