/*
 * What a credential is made of: for certs.c, which makes them, and pem.c, which reads and
 * writes them.  Everyone else includes certs.h.
 */
#ifndef CLIENT_CREDENTIAL_H
#define CLIENT_CREDENTIAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "client/certs.h"

struct credential {
	X509 *certificate;
	EVP_PKEY *key;
};

struct credential *credential_empty(void);

/* The public key of a request in PEM that its private key signed.  NULL with ERR_INVALID. */
EVP_PKEY *credential_request_key(struct str pem, struct error *err);

#endif
