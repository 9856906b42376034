/*
 * TLS 1.3 with a client certificate, nothing else: the one file of the gate that knows OpenSSL.
 * No resumption of any kind, no early data; groups and signatures as OpenSSL has them, less
 * what policy/possession.h cannot check.
 */
#ifndef GATE_TLS_H
#define GATE_TLS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "policy/identity.h"
#include "vaultd/ipc/message.h"

struct tls;

/* One handshake, from accept to its end: what it needs and what it leaves behind. */
struct handshake {
	struct tls *tls;
	/* Draws one of the keeper's nonces.  False: there is none now, ask again later. */
	bool (*draw)(void *arg, uint8_t nonce[NONCE_BYTES]);
	void *arg;
	bool drew;
	bool recorded; /* the client's CertificateVerify was seen: the record ends */
	bool cut;      /* there was more than the record holds: to be refused */
	uint8_t nonce[NONCE_BYTES];
	struct buf messages;       /* policy/possession.h */
	struct identity *identity; /* as the certificate says and the CA confirms */
	struct error err;          /* why the peer was refused */
};

/*
 * A context out of what the keeper sent: the listener's chain and key, the Hublet's CA and CRL.
 * NULL with ERR_INVALID and what is wrong.  Handshakes keep it alive; tls_free gives up ours.
 * Security: the listener's key lives in this context and nowhere else in the process.
 */
struct tls *tls_new(const struct frame_tls *f, struct error *err);
void tls_free(struct tls **t);

/* A server's side of a connection on fd (non-blocking).  *h comes back ready to be used. */
SSL *tls_open(struct tls *t, int fd, struct handshake **h);
/* Ends with the handshake; the connection may go on. */
void tls_end_handshake(SSL *ssl, struct handshake **h);
void tls_close(SSL **ssl);

enum tls_result {
	TLS_DONE,       /* it happened */
	TLS_MORE,       /* the socket is empty, or full */
	TLS_WANT_NONCE, /* handshake only: nonces are out */
	TLS_END,        /* the peer has closed in good order */
	TLS_FAILED      /* the connection is broken, or its peer refused */
};

/* Go on with the handshake.  When it fails h->err says why; the alert is on its way. */
enum tls_result tls_handshake(SSL *ssl, struct handshake *h);
/* Read up to len bytes, *got of them came. */
enum tls_result tls_read(SSL *ssl, void *bytes, size_t len, size_t *got);
/* Write; *took of len bytes are out.  After TLS_MORE try again, beginning with the same bytes.
 */
enum tls_result tls_write(SSL *ssl, const void *bytes, size_t len, size_t *took);
/*
 * Give back the buffers, 33 KiB, if nothing is in them; they come again by themselves.  (What
 * SSL_MODE_RELEASE_BUFFERS does for each record, and wiping them each time, costs a tenth of a
 * request.)
 */
void tls_rest(SSL *ssl);
/* Say close_notify, without waiting for the peer's. */
void tls_notify(SSL *ssl);

#endif
