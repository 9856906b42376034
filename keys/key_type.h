/*
 * The types of named keys: one table, and everything that tells one type from another is in
 * it.  (Their mathematics stands in named_cipher.c and named_sign.c.)
 */
#ifndef KEYS_KEY_TYPE_H
#define KEYS_KEY_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Numbers are part of the store's format. */
enum key_type {
	KEY_AES128_GCM96 = 1,
	KEY_AES256_GCM96,
	KEY_CHACHA20_POLY1305,
	KEY_XCHACHA20_POLY1305,
	KEY_ED25519,
	KEY_ECDSA_P256,
	KEY_ECDSA_P384,
	KEY_ECDSA_P521,
	KEY_RSA_2048,
	KEY_RSA_3072,
	KEY_RSA_4096,
	KEY_HMAC,
	KEY_WRAPPING, /* RSA-4096 that unwraps imports and does nothing else; has no name */
	KEY_TYPES
};

/* Which mathematics. */
enum key_family { FAMILY_GCM, FAMILY_CHACHA, FAMILY_XCHACHA, FAMILY_ED25519, FAMILY_ECDSA,
	FAMILY_RSA, FAMILY_HMAC };

struct key_traits {
	enum key_type type;
	const char *name;  /* in requests: "aes256-gcm96" */
	const char *shown; /* in key info, of an asymmetric version: "P-256"; NULL: symmetric */
	enum key_family family;
	/* Bytes of a symmetric key or seed, ECDSA coordinate, RSA modulus; 0: chosen (hmac). */
	size_t size;
	bool encrypts;   /* encrypt, decrypt, rewrap, datakey */
	bool signs;      /* sign, verify, public key */
	bool derives;    /* may be created derived */
	bool converges;  /* may be created convergent, when derived */
	bool associates; /* takes associated data */
	/*
	 * What takes longer than a request may hold up the others (a third of a millisecond):
	 * it belongs into the pool.  RSA's public half is quick, the larger curves' is not.
	 */
	bool slow_new;     /* named_key_new, _rotate, named_key_import */
	bool slow_private; /* sign, decrypt, rewrap */
	bool slow_public;  /* verify */
};

/* NULL when there is no such type (KEY_WRAPPING has no name, so none can ask for it). */
const struct key_traits *key_type_find(struct str name);
/* Of a type of the enum. */
const struct key_traits *key_type_traits(enum key_type type);

#endif
