/*
 * TLS 1.3 handshakes made inside tests, recorded as a gate records them.
 */
#ifndef TESTS_HANDSHAKE_H
#define TESTS_HANDSHAKE_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/possession.h"
#include "tests/unit/certs.h"

#define HANDSHAKE_MESSAGES 12

struct handshake_choice {
	const char *suite;   /* NULL: OpenSSL's choice */
	const char *schemes; /* signature schemes of the client; NULL: OpenSSL's choice */
	bool retry;          /* with a HelloRetryRequest */
	unsigned nonces;     /* 0 or 1 */
	size_t nonce_len;    /* 0: POSSESSION_NONCE */
	const unsigned char *nonce; /* NULL: handshake_nonce */
};

struct handshake {
	struct buf messages;      /* ClientHello to the client's CertificateVerify */
	unsigned count, verifies; /* messages; CertificateVerify among them */
	struct str message[HANDSHAKE_MESSAGES];
};

extern const unsigned char handshake_nonce[POSSESSION_NONCE + 1];

/* Run one to its end; the client sends its leaf and the CA's certificate. */
void handshake_run(struct handshake *h, const struct cert *server, const struct cert *client,
    const struct cert *ca, const struct handshake_choice *choice);
void handshake_free(struct handshake *h);

#endif
