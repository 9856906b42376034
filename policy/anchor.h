/*
 * Certificates given as PEM, held against a bundle's own CA certificates.
 */
#ifndef POLICY_ANCHOR_H
#define POLICY_ANCHOR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/bundle.h"

/* Append the DER of the first certificate in pem to out.  -1 with ERR_INVALID: there is none. */
int anchor_first(struct str pem, struct buf *out, struct error *err);

/*
 * Whether the private key in key_pem is that of the first certificate in pem, and strong enough
 * for TLS (112 bits).  -1 with ERR_INVALID.
 * Security: the key is read, and wiped again; no passphrase is asked for.
 */
int anchor_check_key(struct str pem, struct str key_pem, struct error *err);

enum anchor_verdict {
	ANCHOR_NONE,   /* no certificate could be read */
	ANCHOR_FOREIGN, /* one of them is not among the bundle's */
	ANCHOR_OURS
};

#define ANCHOR_BYTES (64 * 1024) /* of pem: a stranger's, and OpenSSL's memory is locked */

/* Whether every certificate in pem is, byte for byte, a CA certificate of the bundle. */
enum anchor_verdict anchor_check(const struct bundle *b, struct str pem);

#endif
