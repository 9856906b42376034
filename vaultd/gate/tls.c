/*
 * gate: OpenSSL's side of a connection.  Trusted with the listener's key; with refusing, in the
 * handshake, whoever holds no certificate of this Hublet; and with a true record of handshakes,
 * which the keeper checks again.
 */
#include "vaultd/gate/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "policy/possession.h"
#include "policy/revoked_set.h"
#include "policy/trust.h"

#define GROUPS_HYBRID "X25519MLKEM768:X25519:P-256"
#define GROUPS "X25519:P-256"
/* What possession.c can check, and RSA-PKCS1 for the signatures inside certificates. */
#define SIGNATURES \
	"ECDSA+SHA256:ECDSA+SHA384:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:" \
	"RSA+SHA256:RSA+SHA384:RSA+SHA512"

#define MESSAGE_CERTIFICATE 11
#define MESSAGE_CERTIFICATE_VERIFY 15
#define MESSAGE_KEY_UPDATE 24
#define MESSAGE_HEAD 4
/* Of a client, in a connection's life; RFC 8446 §5.5 has need of one in 2^24 records. */
#define KEY_UPDATES 128

struct tls {
	SSL_CTX *ctx;
	struct trust *trust;
	unsigned users; /* we, and each handshake */
};

/* The sentence for a failure of OpenSSL's, out of its error queue. */
static int
fail(struct error *err, enum error_code code, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	error_set(err, code, "%s: %s", what, reason != NULL ? reason : "connection closed");
	ERR_clear_error();
	return -1;
}

/* Keep the messages as they were on the wire, up to the client's CertificateVerify. */
static void
record(int write, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	struct handshake *h = SSL_get_app_data(ssl);

	(void)version;
	(void)arg;
	if (h == NULL || h->recorded || type != SSL3_RT_HANDSHAKE || len == 0)
		return;
	h->cut = h->cut || h->messages.len + len > POSSESSION_MAX;
	if (h->cut)
		return;
	buf_put(&h->messages, bytes, len);
	h->recorded = !write && *(const uint8_t *)bytes == MESSAGE_CERTIFICATE_VERIFY;
}

/*
 * Behind the handshake.  OpenSSL takes KeyUpdates one after the other, deriving keys for each,
 * and does not come back while they last: who sends nothing else would have the gate for himself.
 * The count is where the handshake was.
 */
static void
count_updates(
    int write, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	uintptr_t count = (uintptr_t)SSL_get_app_data(ssl);

	(void)version;
	(void)arg;
	if (write || type != SSL3_RT_HANDSHAKE || len == 0 ||
	    *(const uint8_t *)bytes != MESSAGE_KEY_UPDATE)
		return;
	SSL_set_app_data(ssl, (void *)(count + 1));
	if (count == KEY_UPDATES) /* to OpenSSL the peer has closed: no record is read any more */
		SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
}

static uint32_t
read_u24(struct reader *r)
{
	uint32_t high = reader_u8(r);

	return high << 16 | reader_u16(r);
}

/* The chain of the newest message of the record, if that is a Certificate (RFC 8446 §4.4.2). */
static bool
read_chain(struct reader r, struct chain *chain)
{
	uint32_t len;

	*chain = (struct chain){0};
	reader_bytes(&r, reader_u8(&r));
	if (read_u24(&r) != r.left)
		return false;
	while (r.left > 0 && !r.bad && chain->count < CHAIN_CERTIFICATES) {
		len = read_u24(&r);
		chain->der[chain->count].at = (const char *)reader_bytes(&r, len);
		chain->der[chain->count++].len = len;
		if (reader_u16(&r) != 0) /* an extension that nobody asked for */
			return false;
	}
	return reader_done(&r) && chain->count > 0;
}

/* The last message of a record; its body is empty when it is no Certificate. */
static struct reader
last_certificate(const struct buf *messages)
{
	struct reader r = reader_of(messages->data, messages->len);
	struct reader body = reader_of(NULL, 0);

	while (r.left > 0 && !r.bad) {
		uint8_t type = reader_u8(&r);
		uint32_t len = read_u24(&r);
		const uint8_t *bytes = reader_bytes(&r, len);

		body = reader_of(bytes, type == MESSAGE_CERTIFICATE && !r.bad ? len : 0);
	}
	return body;
}

/* OpenSSL chooses the alert by an X509 error: one that gives the alert we want. */
static int
error_for(int alert)
{
	static const struct {
		int alert, error;
	} errors[] = {
	    {SSL_AD_BAD_CERTIFICATE, X509_V_ERR_CERT_REJECTED},
	    {SSL_AD_UNSUPPORTED_CERTIFICATE, X509_V_ERR_INVALID_PURPOSE},
	    {SSL_AD_CERTIFICATE_REVOKED, X509_V_ERR_CERT_REVOKED},
	    {SSL_AD_CERTIFICATE_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED},
	    {SSL_AD_UNKNOWN_CA, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
	    {SSL_AD_INTERNAL_ERROR, X509_V_ERR_UNSPECIFIED},
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].alert == alert)
			return errors[i].error;
	return X509_V_ERR_SUBJECT_ISSUER_MISMATCH; /* certificate_unknown */
}

/*
 * Believe the peer or not.  Its chain is taken from the record, byte for byte what the keeper
 * will see, not from what OpenSSL made of it.
 * Security: the gate's answer to "who is this"; OpenSSL's own path check is not used.
 */
static int
verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct handshake *h = SSL_get_app_data(ssl);
	struct chain chain;
	int alert = SSL_AD_BAD_CERTIFICATE;

	(void)arg;
	if (h->cut)
		error_set(&h->err, ERR_INVALID, "handshake: it is over %d bytes", POSSESSION_MAX);
	else if (!read_chain(last_certificate(&h->messages), &chain))
		error_set(&h->err, ERR_INVALID, "certificate: the message is malformed");
	else
		h->identity = trust_verify(
		    h->tls->trust, &chain, clock_wall() / CLOCK_SECOND, &alert, &h->err);
	X509_STORE_CTX_set_error(store, h->identity != NULL ? X509_V_OK : error_for(alert));
	return h->identity != NULL;
}

/* A handshake is not begun without a nonce. */
static int
greet(SSL *ssl, int *alert, void *arg)
{
	struct handshake *h = SSL_get_app_data(ssl);

	(void)alert;
	(void)arg;
	if (!h->drew)
		h->drew = h->draw(h->arg, h->nonce);
	return h->drew ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_RETRY;
}

static int
add_nonce(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *len,
    X509 *x, size_t index, int *alert, void *arg)
{
	struct handshake *h = SSL_get_app_data(ssl);

	(void)type;
	(void)context;
	(void)x;
	(void)index;
	(void)alert;
	(void)arg;
	*out = h->nonce;
	*len = sizeof(h->nonce);
	return 1;
}

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len,
    const unsigned char *in, unsigned inlen, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen = NULL;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, len, ours, sizeof(ours) - 1, in, inlen) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* The listener's certificate, with what follows it in the file, and its key. */
static int
use_certificate(SSL_CTX *ctx, const struct frame_tls *f, struct error *err)
{
	BIO *pem = BIO_new_mem_buf(f->server_pem.at, (int)f->server_pem.len);
	BIO *key_pem = BIO_new_mem_buf(f->server_key.at, (int)f->server_key.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_pem, NULL, NULL, NULL);
	X509 *x = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	bool ok = x != NULL && SSL_CTX_use_certificate(ctx, x) == 1;

	X509_free(x);
	while (ok && (x = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL)
		ok = SSL_CTX_add0_chain_cert(ctx, x) == 1;
	ERR_clear_error(); /* the end of the file is an error to PEM */
	if (!ok)
		error_set(err, ERR_INVALID, "the listener's certificate cannot be read");
	else if (key == NULL || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		ok = fail(err, ERR_INVALID, "the listener's key does not fit") == 0;
	EVP_PKEY_free(key);
	BIO_free(key_pem);
	BIO_free(pem);
	return ok ? 0 : -1;
}

static bool
set_protocol(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
				     SSL_OP_CLEANSE_PLAINTEXT |
				     SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(
	    ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	SSL_CTX_set_client_hello_cb(ctx, greet, NULL);
	SSL_CTX_set_msg_callback(ctx, record);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
	       SSL_CTX_set_max_early_data(ctx, 0) == 1 &&
	       (SSL_CTX_set1_groups_list(ctx, GROUPS_HYBRID) == 1 ||
		   SSL_CTX_set1_groups_list(ctx, GROUPS) == 1) &&
	       SSL_CTX_set1_client_sigalgs_list(ctx, SIGNATURES) == 1 &&
	       SSL_CTX_add_custom_ext(ctx, POSSESSION_EXTENSION,
		   SSL_EXT_TLS1_3_CERTIFICATE_REQUEST, add_nonce, NULL, NULL, NULL, NULL) == 1;
}

struct tls *
tls_new(const struct frame_tls *f, struct error *err)
{
	struct tls *t = calloc(1, sizeof(*t));
	char *domain = strndup(f->trust_domain.at, f->trust_domain.len);

	if (t == NULL || domain == NULL)
		fatal("no memory for TLS");
	t->users = 1;
	ERR_clear_error();
	if (!revoked_set_check(f->revoked))
		error_set(err, ERR_INVALID, "the set of revoked certificates is malformed");
	else if ((t->trust = trust_new(f->ca_pem, f->crl_pem, domain, err)) != NULL)
		trust_revoke(t->trust, f->revoked);
	if (t->trust == NULL)
		tls_free(&t);
	else if ((t->ctx = SSL_CTX_new(TLS_server_method())) == NULL || !set_protocol(t->ctx))
		fatal("OpenSSL cannot do what is asked of it");
	else if (use_certificate(t->ctx, f, err) != 0)
		tls_free(&t);
	ERR_clear_error();
	free(domain);
	return t;
}

void
tls_free(struct tls **t)
{
	struct tls *dead = *t;

	*t = NULL;
	if (dead == NULL || --dead->users > 0)
		return;
	SSL_CTX_free(dead->ctx);
	trust_free(&dead->trust);
	free(dead);
}

SSL *
tls_open(struct tls *t, int fd, struct handshake **h)
{
	SSL *ssl = SSL_new(t->ctx);

	*h = calloc(1, sizeof(**h));
	if (*h == NULL || ssl == NULL || SSL_set_fd(ssl, fd) != 1)
		fatal("no memory for a connection");
	(*h)->tls = t;
	t->users++;
	SSL_set_app_data(ssl, *h);
	SSL_set_accept_state(ssl);
	return ssl;
}

void
tls_end_handshake(SSL *ssl, struct handshake **h)
{
	if (*h == NULL)
		return;
	SSL_set_app_data(ssl, NULL);
	SSL_set_msg_callback(ssl, count_updates);
	buf_free(&(*h)->messages);
	identity_free(&(*h)->identity);
	tls_free(&(*h)->tls);
	wipe(*h, sizeof(**h));
	free(*h);
	*h = NULL;
}

void
tls_close(SSL **ssl)
{
	SSL_free(*ssl);
	*ssl = NULL;
}

static enum tls_result
result(SSL *ssl, int ok)
{
	if (ok == 1)
		return TLS_DONE;
	switch (SSL_get_error(ssl, ok)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_MORE;
	case SSL_ERROR_WANT_CLIENT_HELLO_CB:
		return TLS_WANT_NONCE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default:
		return TLS_FAILED;
	}
}

enum tls_result
tls_handshake(SSL *ssl, struct handshake *h)
{
	enum tls_result r;

	ERR_clear_error();
	r = result(ssl, SSL_do_handshake(ssl));
	if (r == TLS_FAILED || r == TLS_END)
		fail(&h->err, ERR_DENIED, "handshake");
	return r;
}

enum tls_result
tls_read(SSL *ssl, void *bytes, size_t len, size_t *got)
{
	*got = 0;
	ERR_clear_error();
	return result(ssl, SSL_read_ex(ssl, bytes, len, got));
}

enum tls_result
tls_write(SSL *ssl, const void *bytes, size_t len, size_t *took)
{
	*took = 0;
	ERR_clear_error();
	return result(ssl, SSL_write_ex(ssl, bytes, len, took));
}

void
tls_rest(SSL *ssl)
{
	(void)SSL_free_buffers(ssl); /* not while something is in them */
}

void
tls_notify(SSL *ssl)
{
	ERR_clear_error();
	(void)SSL_shutdown(ssl);
	ERR_clear_error();
}
