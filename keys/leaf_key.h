/*
 * The key of a leaf certificate, made for a caller who has none: handed over once and
 * forgotten.
 */
#ifndef KEYS_LEAF_KEY_H
#define KEYS_LEAF_KEY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

enum leaf_key_form {
	LEAF_KEY_PLAIN, /* PKCS #1, SEC 1; for Ed25519, which has none of its own, PKCS #8 */
	LEAF_KEY_PKCS8
};

struct leaf_key {
	struct buf spki;    /* SubjectPublicKeyInfo */
	struct secret *der; /* of the private key, in the form that was asked for */
	const char *label;  /* its label in PEM: "RSA PRIVATE KEY", ... */
};

/*
 * Make one, as ca_key_new.  0, or -1 with ERR_INVALID.  May run in any thread.
 */
int leaf_key_make(const char *type, unsigned bits, enum leaf_key_form form, struct leaf_key *k,
    struct error *err);
/* Wipe and release. */
void leaf_key_clear(struct leaf_key *k);

/*
 * Append the private key as a PEM block (without a line end behind it), or as DER in base64.
 * Security: out is a buf that wipes itself, on its way to the caller who asked for the key.
 */
void leaf_key_put_pem(const struct leaf_key *k, struct buf *out);
void leaf_key_put_base64(const struct leaf_key *k, struct buf *out);

#endif
