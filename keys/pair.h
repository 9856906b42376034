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

/* Append the SubjectPublicKeyInfo. */
void pair_put_public(const EVP_PKEY *pair, struct buf *out);

#endif
