/*
 * The handshake maker of the tests, see handshake.h.  Anything that goes wrong ends the test.
 */
#include "tests/unit/handshake.h"

#include <openssl/ssl.h>
#include <string.h>

#define MUST(condition) \
	do { \
		if (!(condition)) \
			fatal("%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

const unsigned char handshake_nonce[POSSESSION_NONCE + 1] = "0123456789abcdef0123456789ABCDEF!";

static int
add_nonce(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *len,
    X509 *x, size_t index, int *alert, void *arg)
{
	const struct handshake_choice *choice = arg;

	(void)ssl, (void)type, (void)context, (void)x, (void)index, (void)alert;
	*out = choice->nonce != NULL ? choice->nonce : handshake_nonce;
	*len = choice->nonce_len != 0 ? choice->nonce_len : POSSESSION_NONCE;
	return (int)choice->nonces;
}

/* Keep what the server sees, up to the second CertificateVerify. */
static void
record(int write, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	struct handshake *h = arg;

	(void)write, (void)version, (void)ssl;
	if (type != SSL3_RT_HANDSHAKE || h->verifies == 2)
		return;
	MUST(h->count < HANDSHAKE_MESSAGES);
	buf_put(&h->messages, bytes, len);
	h->message[h->count++].len = len;
	h->verifies += *(const unsigned char *)bytes == SSL3_MT_CERTIFICATE_VERIFY;
}

static SSL_CTX *
context(const SSL_METHOD *method, const struct cert *c, const struct cert *ca,
    const struct handshake_choice *choice)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	MUST(ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1);
	MUST(SSL_CTX_use_certificate(ctx, c->x509) == 1);
	MUST(SSL_CTX_use_PrivateKey(ctx, c->key) == 1);
	MUST(SSL_CTX_add1_chain_cert(ctx, ca->x509) == 1);
	MUST(choice->suite == NULL || SSL_CTX_set_ciphersuites(ctx, choice->suite) == 1);
	return ctx;
}

static int
accept_any(X509_STORE_CTX *ctx, void *arg)
{
	(void)ctx, (void)arg;
	return 1;
}

static SSL *
end(SSL_CTX *ctx, BIO *in, BIO *out)
{
	SSL *ssl = SSL_new(ctx);

	MUST(ssl != NULL && BIO_up_ref(in) == 1 && BIO_up_ref(out) == 1);
	SSL_set_bio(ssl, in, out);
	return ssl;
}

/* Find the messages, now that the buf moves no more. */
static void
settle(struct handshake *h)
{
	const char *at = (const char *)h->messages.data;

	for (unsigned i = 0; i < h->count; at += h->message[i++].len)
		h->message[i].at = at;
}

void
handshake_run(struct handshake *h, const struct cert *server, const struct cert *client,
    const struct cert *ca, const struct handshake_choice *choice)
{
	SSL_CTX *server_ctx = context(TLS_server_method(), server, ca, choice);
	SSL_CTX *client_ctx = context(TLS_client_method(), client, ca, choice);
	BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());
	SSL *s, *c;

	*h = (struct handshake){0};
	MUST(up != NULL && down != NULL);
	SSL_CTX_set_verify(server_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(server_ctx, accept_any, NULL);
	SSL_CTX_set_msg_callback(server_ctx, record);
	SSL_CTX_set_msg_callback_arg(server_ctx, h);
	MUST(SSL_CTX_add_custom_ext(server_ctx, POSSESSION_EXTENSION,
		 SSL_EXT_TLS1_3_CERTIFICATE_REQUEST, add_nonce, NULL, (void *)(uintptr_t)choice,
		 NULL, NULL) == 1);
	if (choice->schemes != NULL)
		MUST(SSL_CTX_set1_client_sigalgs_list(server_ctx, choice->schemes) == 1);
	MUST(SSL_CTX_set1_groups_list(server_ctx, choice->retry ? "P-256" : "X25519:P-256") ==
	     1);
	MUST(SSL_CTX_set1_groups_list(client_ctx, "X25519:P-256") == 1);
	s = end(server_ctx, up, down);
	c = end(client_ctx, down, up);
	SSL_set_accept_state(s);
	SSL_set_connect_state(c);
	for (int i = 0; i < 8 && !(SSL_is_init_finished(s) && SSL_is_init_finished(c)); i++) {
		SSL_do_handshake(c);
		SSL_do_handshake(s);
	}
	MUST(SSL_is_init_finished(s) && SSL_is_init_finished(c));
	settle(h);
	SSL_free(s);
	SSL_free(c);
	BIO_free(up);
	BIO_free(down);
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
}

void
handshake_free(struct handshake *h)
{
	buf_free(&h->messages);
	*h = (struct handshake){0};
}
