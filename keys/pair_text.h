/*
 * Fresh key pairs for somebody else: what they give is a secret's value, on its way into the
 * records.  Nothing here knows of named keys, but for how their types are called.
 */
#ifndef KEYS_PAIR_TEXT_H
#define KEYS_PAIR_TEXT_H

#include "base/buf.h"
#include "base/str.h"
#include "keys/key_type.h"

enum pair_text_form {
	PAIR_PEM,    /* PKCS #8 (RFC 5208) and SubjectPublicKeyInfo (RFC 5280) */
	PAIR_OPENSSH /* OpenSSH's PROTOCOL.key without a passphrase, and a line of
			authorized_keys */
};

/* "ed25519", "ecdsa-p256", "rsa-3072" and so on; NULL: no such pair. */
const struct key_traits *pair_text_find(struct str name);

/* A new pair as text, appended.  Takes seconds for the longest RSA keys. */
void pair_text_make(const struct key_traits *t, enum pair_text_form form,
    struct buf *private_key, struct buf *public_key);

#endif
