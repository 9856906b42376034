/*
 * Certificates and their keys: a Hublet's CA, its listener's certificate, its identities.
 * Everything that vaultctl makes of OpenSSL is here.  Identities keep the profile of
 * policy/identity.h (SPIFFE X.509-SVID, RFC 5280).
 */
#ifndef CLIENT_CERTS_H
#define CLIENT_CERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* A certificate and its key. */
struct credential;

enum credential_kind {
	CREDENTIAL_CA,      /* signs identities and CRLs, one intermediate below it at most */
	CREDENTIAL_SERVER,  /* serverAuth, with the names of a listener */
	CREDENTIAL_IDENTITY /* clientAuth, with one SPIFFE ID */
};

struct credential_wish {
	enum credential_kind kind;
	const char *key_type;     /* a row of credential_key_types; NULL: p256 */
	struct str name;          /* the subject's common name; not written beyond 64 bytes */
	const char *uri;          /* of CA and identity: what the caller has checked */
	const char *const *hosts; /* of a server: addresses and DNS names, NULL at the end */
	int64_t seconds;          /* how long it is good, from now */
};

/* "p256", "p384", "ed25519", "rsa2048"; NULL at the end. */
extern const char *const credential_key_types[];

/*
 * Make a key and a certificate for it with a random serial number of 127 bits, signed by issuer
 * (NULL: by itself), good from a minute ago.  NULL with ERR_INVALID when the key type is
 * unknown or the issuer ends earlier, ERR_INTERNAL when OpenSSL fails.  Free with
 * credential_free.
 */
struct credential *credential_new(
    const struct credential_wish *wish, const struct credential *issuer, struct error *err);
void credential_free(struct credential **c);

/*
 * The same for a key that is elsewhere: that of a request (PKCS #10, PEM), whose names do not
 * count.  It has no private key: credential_put_key and credential_write are not for it.  NULL
 * with ERR_INVALID also when the request is none, or was not signed by its key.
 */
struct credential *credential_certify(struct str request_pem,
    const struct credential_wish *wish, const struct credential *issuer, struct error *err);

/*
 * Read a certificate (the first of the file) and the key that belongs to it, both PEM (key
 * NULL: the certificate alone).  A key under a passphrase makes OpenSSL ask for it.  NULL with
 * ERR_IO or ERR_INVALID naming the file.
 */
struct credential *credential_read(const char *certificate, const char *key, struct error *err);

/*
 * Append as PEM: the certificate, with its issuer behind it when that is an intermediate
 * (issuer may be NULL); the key, PKCS#8, not encrypted.
 * Security: the key's bytes are wiped from OpenSSL's memory and live in the buf alone.
 */
void credential_put_certificate(
    const struct credential *c, const struct credential *issuer, struct buf *out);
void credential_put_key(const struct credential *c, struct buf *out);

/*
 * Write both to PREFIX.pem (0644) and PREFIX.key (0600).  Without replace, files that exist are
 * an error and nothing is changed.  0, or -1 with ERR_IO or ERR_CONFLICT.
 */
int credential_write(const struct credential *c, const struct credential *issuer,
    const char *prefix, bool replace, struct error *err);

/* The trust domain of a CA, from its URI name.  0, or -1 with ERR_INVALID when it has none. */
int credential_trust_domain(const struct credential *c, struct buf *domain, struct error *err);

/*
 * Append the DER of the first certificate in PEM text.  0, or -1 with ERR_INVALID.
 */
int credential_der(struct str pem, struct buf *der, struct error *err);

/* Append what kind of key the certificate (DER) holds, as "EC P-256", and who issued it. */
void credential_describe_key(struct str der, struct buf *out);
void credential_describe_issuer(struct str der, struct buf *out);

#endif
