/*
 * What is done with named keys.  Texts in and out are the API's "vault:vN:..." (vault_text.h).
 *
 * Every function: 0, or -1 with a sentence of the reference where it has one.
 *   ERR_INVALID      the caller's input: versions, texts, context, what does not authenticate
 *   ERR_UNSUPPORTED  the type does not do this (`message encryption not supported for key type
 *                    x`, `key type x does not support signing | verification`)
 *   ERR_DENIED       soft-deleted (`refusing to use soft-deleted key`), disabled version
 *   ERR_NOT_FOUND    `no such key version`
 *   ERR_CORRUPT      the stored version does not open
 *   ERR_SEALED       the vault was sealed meanwhile
 * Checks come in that order: soft-deleted, type, text, version, context, mathematics.
 *
 * A context is needed by derived keys (`missing 'context' for key derivation; ...`) and ignored
 * by others.
 */
#ifndef KEYS_NAMED_USE_H
#define KEYS_NAMED_USE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/hash.h"
#include "keys/named_key.h"

struct cipher_use {
	int64_t version;       /* encrypt, rewrap: 0 is the latest */
	struct str context;
	struct str associated; /* associated data: what is no AEAD refuses any */
	uint32_t used;         /* out: the version that did it; of a rewrap, the new one */
	uint32_t opened;       /* out: rewrap and decrypt, the version of the text given */
};

/* Append the ciphertext's text to out. */
int named_key_encrypt(const struct named_key *k, struct cipher_use *use, struct str plaintext,
    struct buf *out, struct error *err);
/* Append the plaintext to out. */
int named_key_decrypt(const struct named_key *k, struct cipher_use *use, struct str text,
    struct buf *out, struct error *err);
/* Decrypt, encrypt anew, append that text; the plaintext is wiped. */
int named_key_rewrap(const struct named_key *k, struct cipher_use *use, struct str text,
    struct buf *out, struct error *err);

enum sign_scheme { SIGN_PSS, SIGN_PKCS1V15 };      /* RSA */
enum sign_marshaling { SIGN_ASN1, SIGN_JWS };      /* JWS: base64url, ECDSA as r || s */
enum { SIGN_SALT_AUTO = 0, SIGN_SALT_HASH = -1 };  /* else the length in bytes (RSA-PSS) */

struct sign_use {
	int64_t version; /* sign: 0 is the latest */
	struct str context;
	enum hash hash;  /* HASH_NONE: with prehashed and SIGN_PKCS1V15; ed25519 has its own */
	bool prehashed;  /* the input is the sum already (ed25519: ignored) */
	enum sign_scheme scheme;
	enum sign_marshaling marshaling;
	int salt;
	uint32_t used;   /* out: the version that did it */
};

/* "asn1", "jws", "pss", "pkcs1v15" ("": the default); -1 with ERR_INVALID and the sentence. */
int sign_find_marshaling(struct str name, enum sign_marshaling *marshaling, struct error *err);
int sign_find_scheme(struct str name, enum sign_scheme *scheme, struct error *err);
/* "auto", "hash", "32". */
int sign_find_salt(struct str text, int *salt, struct error *err);

/* Append the signature's text to out. */
int named_key_sign(const struct named_key *k, struct sign_use *use, struct str input,
    struct buf *out, struct error *err);
/* *valid: whether text is this key's signature of input.  A wrong signature is no error. */
int named_key_verify(const struct named_key *k, struct sign_use *use, struct str input,
    struct str text, bool *valid, struct error *err);

struct hmac_use {
	int64_t version; /* hmac: 0 is the latest */
	enum hash hash;  /* not HASH_NONE */
	uint32_t used;   /* out */
};
/* Append the HMAC's text; whether text is it (compared in constant time). */
int named_key_hmac(const struct named_key *k, struct hmac_use *use, struct str input,
    struct buf *out, struct error *err);
int named_key_verify_hmac(const struct named_key *k, struct hmac_use *use, struct str input,
    struct str text, bool *valid, struct error *err);

#endif
