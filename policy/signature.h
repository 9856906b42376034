/*
 * Signatures of TLS 1.3 peers (RFC 8446 §4.2.3, §4.4.3) under the keys that leaves may have.
 */
#ifndef POLICY_SIGNATURE_H
#define POLICY_SIGNATURE_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "policy/algorithm.h"

/*
 * Does the signature over content verify under this key?  scheme is the SignatureScheme's
 * number and must be the one for the key: ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384,
 * ed25519, or rsa_pss_rsae_sha256, _sha384, _sha512 with a salt as long as the hash. 0, or -1
 * with ERR_INVALID (scheme, key) or ERR_DENIED (it does not verify).
 */
int signature_verify(const struct public_key *key, uint16_t scheme, struct str signature,
    struct str content, struct error *err);

#endif
