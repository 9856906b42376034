/*
 * The private key of a CA: it signs, and leaves this file only wrapped.
 * Security: there is no function here that gives its bytes away.
 */
#ifndef KEYS_CA_KEY_H
#define KEYS_CA_KEY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/ad.h"
#include "keys/keyring.h"

struct ca_key;

/*
 * A new key: "rsa" of bits, "ec" of 224, 256, 384 or 521, "ed25519".  NULL with ERR_INVALID
 * when OpenSSL makes none.  May run in any thread; RSA takes up to seconds.
 */
struct ca_key *ca_key_new(const char *type, unsigned bits, struct error *err);

/* Read one PEM block, not under a passphrase.  NULL with ERR_INVALID. */
struct ca_key *ca_key_read(struct str pem, struct error *err);
void ca_key_free(struct ca_key **k);

/*
 * Wrapped under the keyring's key for named keys, with associated data that begins with a label
 * of its own and says where it belongs; and back.  NULL with ERR_CORRUPT.
 */
void ca_key_wrap(const struct ca_key *k, const struct keyring *keyring, const struct ad *place,
    struct buf *out);
struct ca_key *ca_key_unwrap(const struct keyring *keyring, const struct ad *place,
    struct str wrapped, struct error *err);

/* Append the SubjectPublicKeyInfo. */
void ca_key_put_public(const struct ca_key *k, struct buf *out);

/* Signing takes so long (RSA) that a worker should do it. */
bool ca_key_is_slow(const struct ca_key *k);

/* How it signs: bits of SHA-2 (256, 384, 512; 0: what fits the key), and RSA with PSS. */
struct ca_key_manner {
	unsigned hash_bits;
	bool pss;
};

/* Append the AlgorithmIdentifier (RFC 4055, 5758, 8410) of its signatures. */
void ca_key_put_algorithm(const struct ca_key *k, struct ca_key_manner manner, struct buf *out);

/* Append the signature of content. */
void ca_key_sign(
    const struct ca_key *k, struct ca_key_manner manner, struct str content, struct buf *out);

#endif
