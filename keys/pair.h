/*
 * Key pairs as OpenSSL has them: for ca_key.c and leaf_key.c alone.
 */
#ifndef KEYS_PAIR_H
#define KEYS_PAIR_H

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/secret.h"

/* "rsa", "ec" or "ed25519"; NULL when OpenSSL makes no such key. */
EVP_PKEY *pair_new(const char *type, unsigned bits);

/* The private key in DER, in locked memory: the type's own form, or PKCS #8. */
struct secret *pair_private(const EVP_PKEY *pair);
struct secret *pair_pkcs8(const EVP_PKEY *pair);

/*
 * The private key in a form of ours, in locked memory, and back; NULL when the bytes are none.
 * OpenSSL's decoders take longer than a signature does, these do not.
 *   'E' | bits u16 | private number | point      'D' | private key 32      'R' | DER
 */
struct secret *pair_pack(const EVP_PKEY *pair);
EVP_PKEY *pair_unpack(const struct secret *packed);

/* Append the SubjectPublicKeyInfo. */
void pair_put_public(const EVP_PKEY *pair, struct buf *out);

#endif
