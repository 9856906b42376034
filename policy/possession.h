/*
 * Proof that the peer of a TLS 1.3 handshake held the key of its certificate: a pure function
 * over the handshake's messages, from ClientHello to the client's CertificateVerify, as a gate
 * passes them on.  A gate that was broken cannot make such a record for an identity that never
 * shook hands with it: our nonce is under the client's signature.
 *
 * Messages in order (RFC 8446 §4, type numbers): 1 [2 1] 2 8 13 11 15 20 11 15 - ClientHello,
 * [HelloRetryRequest, ClientHello], ServerHello, EncryptedExtensions, CertificateRequest, the
 * server's Certificate, CertificateVerify, Finished, then the client's Certificate and
 * CertificateVerify.  Each as on the wire: type u8, length u24, body; nothing between.
 */
#ifndef POLICY_POSSESSION_H
#define POLICY_POSSESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "policy/trust.h"

#define POSSESSION_NONCE 32
#define POSSESSION_EXTENSION 0xffa7 /* private use; in CertificateRequest */
#define POSSESSION_MAX (48 * 1024)  /* bytes of messages */

struct possession {
	uint8_t nonce[POSSESSION_NONCE]; /* found in CertificateRequest: who calls checks its use */
	struct chain chain;              /* the client's certificates, borrowed from the messages */
};

/*
 * Check a record of messages: their order and form; that the server's Certificate begins with
 * server_leaf (DER: the listener's own); that CertificateRequest holds one nonce; the client's
 * CertificateVerify (§4.4.3) with the key of its leaf, over the transcript hash (§4.4.1, with
 * HelloRetryRequest as message_hash) of the suite that ServerHello chose (SHA-256 or SHA-384).
 * 0, or -1 with ERR_INVALID or ERR_DENIED (signature) and what failed.
 */
int possession_verify(struct str messages, struct str server_leaf, struct possession *out,
    struct error *err);

#endif
