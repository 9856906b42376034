/*
 * Key material from outside on its way into a vault: wrapped, where it is, with the vault's
 * wrapping key, so that nobody in between can read it.
 */
#ifndef KEYS_IMPORT_H
#define KEYS_IMPORT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

#define IMPORT_MOST (16 * 1024) /* bytes of a file of key material */

/*
 * What a file holds of a key: of a PEM private key (not encrypted) its PKCS#8 DER, of anything
 * else the bytes as they are.  NULL with ERR_INVALID when the PEM is none, or holds no private
 * key; ERR_LIMIT beyond IMPORT_MOST.
 */
struct secret *import_read(struct str content, struct error *err);

/*
 * Append RSA-OAEP (SHA-256, no label) of a new AES-256 key under the vault's wrapping key (PEM
 * SubjectPublicKeyInfo, RSA of at least 3072 bits), then AES-KWP (RFC 5649) of key under that.
 * -1 with ERR_INVALID and nothing appended when the PEM holds no such key, or key is empty.
 */
int import_wrap(
    const struct secret *key, struct str wrapping_pem, struct buf *out, struct error *err);

#endif
