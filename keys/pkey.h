/*
 * ECDSA and RSA keys: OpenSSL's EVP_PKEY, by the types of named keys.
 * Security: for keys/named_*.c alone (tests/unit/test_no_export.sh): key bytes go in and out
 * here, as struct secret.
 */
#ifndef KEYS_PKEY_H
#define KEYS_PKEY_H

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"
#include "keys/key_type.h"
#include "keys/named_use.h"

/* A new key.  RSA with e = 65537. */
EVP_PKEY *pkey_generate(const struct key_traits *t);

/*
 * The private numbers, as a version keeps them, and back: with the public part, as
 * pkey_format_public wrote it.  NULL when they are no key of this type.
 */
struct secret *pkey_format(const struct key_traits *t, const EVP_PKEY *pkey);
EVP_PKEY *pkey_parse(const struct key_traits *t, const uint8_t *bytes, size_t len,
    struct str spki);
/* SubjectPublicKeyInfo, DER (RFC 5280), appended, and back: of this type, or of any. */
void pkey_format_public(const EVP_PKEY *pkey, struct buf *out);
EVP_PKEY *pkey_parse_public(const struct key_traits *t, struct str spki);
EVP_PKEY *pkey_read_public(struct str spki);
bool pkey_is_of_type(const EVP_PKEY *pkey, const struct key_traits *t);

/* ed25519 from its seed: seed and public half.  public_key (may be NULL) gets that half. */
struct secret *pkey_ed25519(const struct secret *seed, struct buf *public_key);

/*
 * Keys from strangers: whatever they are, checked to be sound and of type t.  public_key gets
 * what pkey_format_public or pkey_ed25519 give.  -1 with ERR_INVALID.
 */
int pkey_import(const struct key_traits *t, const struct secret *pkcs8, struct secret **key,
    struct buf *public_key, struct error *err);
int pkey_import_public(const struct key_traits *t, struct str pem, struct buf *public_key,
    struct error *err);

/* RSA-OAEP, MGF1 with the same hash, no label.  -1 with ERR_INVALID. */
int pkey_encrypt(EVP_PKEY *pkey, struct str plaintext, struct buf *out, struct error *err);
int pkey_decrypt(EVP_PKEY *pkey, enum hash oaep, struct str ciphertext, uint8_t *out,
    size_t *len, struct error *err);

/* sum is what is signed.  Appends the signature as the API marshals it, before base64. */
int pkey_sign(EVP_PKEY *pkey, const struct key_traits *t, const struct sign_use *use,
    struct str sum, struct buf *out, struct error *err);
int pkey_verify(EVP_PKEY *pkey, const struct key_traits *t, const struct sign_use *use,
    struct str sum, struct str signature, bool *valid, struct error *err);

#endif
