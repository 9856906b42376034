/*
 * The signature algorithms and public keys that a certificate may have here: an allow-list.
 * No SHA-1, no MD5, no DSA, no curve but P-256, P-384 and Ed25519, RSA of 2048 to 4096 bits.
 */
#ifndef POLICY_ALGORITHM_H
#define POLICY_ALGORITHM_H

#include <stdbool.h>

#include "base/error.h"
#include "policy/der.h"

enum key_kind { KEY_P256, KEY_P384, KEY_ED25519, KEY_RSA };

/* A public key's parts, borrowed from the certificate. */
struct public_key {
	enum key_kind kind;
	struct der point;             /* uncompressed; of Ed25519 the key itself */
	struct der modulus, exponent; /* of RSA: unsigned, big-endian */
};

/*
 * An AlgorithmIdentifier of a signature (what its SEQUENCE holds): ECDSA or RSA (PKCS #1 v1.5
 * or PSS) with SHA-256, SHA-384 or SHA-512, or Ed25519, with the parameters that RFC 4055, 5758
 * and 8410 give them.
 */
bool algorithm_signs(struct der algorithm);

/*
 * A leaf's SubjectPublicKeyInfo (what its SEQUENCE holds).  Whether an elliptic point lies on
 * its curve is not looked at.  0, or -1 with ERR_INVALID and the rule that was broken.
 */
int algorithm_key(struct der spki, struct public_key *key, struct error *err);
/* That of a whole certificate (DER), whose other fields are not looked at. */
int algorithm_leaf_key(struct str certificate, struct public_key *key, struct error *err);

#endif
