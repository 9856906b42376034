/*
 * The key of a leaf certificate, made for a caller who has none: handed over once and forgotten.
 */
#ifndef KEYS_LEAF_KEY_H
#define KEYS_LEAF_KEY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

struct leaf_key {
	struct buf spki;        /* SubjectPublicKeyInfo */
	struct secret *plain;   /* DER: PKCS #1, SEC 1, or for Ed25519 PKCS #8 */
	struct secret *pkcs8;   /* DER */
	const char *plain_label; /* of plain in PEM: "RSA PRIVATE KEY", ... */
};

/*
 * Make one, as ca_key_new.  0, or -1 with ERR_INVALID.  May run in any thread.
 */
int leaf_key_make(const char *type, unsigned bits, struct leaf_key *k, struct error *err);
/* Wipe and release. */
void leaf_key_clear(struct leaf_key *k);

enum leaf_key_form { LEAF_KEY_PLAIN, LEAF_KEY_PKCS8 };

/*
 * Append the private key in that form: as a PEM block (without a line end behind it), or as its
 * DER in base64.
 * Security: out is a buf that wipes itself, on its way to the caller who asked for the key.
 */
void leaf_key_put_pem(const struct leaf_key *k, enum leaf_key_form form, struct buf *out);
void leaf_key_put_base64(const struct leaf_key *k, enum leaf_key_form form, struct buf *out);

#endif
