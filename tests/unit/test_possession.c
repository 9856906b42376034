/*
 * A recorded handshake proves that its client held the key; anything else proves nothing.
 * The records are made by two OpenSSL ends over memory, with the nonce in CertificateRequest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/rsa.h>

#include "policy/possession.h"
#include "tests/unit/certs.h"
#include "tests/unit/handshake.h"

#define ID "spiffe://na1.example/svc/billing"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct cert *ca, *server, *client;
static struct handshake usual, retried;

static int
set_up(void **state)
{
	const struct handshake_choice plain = {.nonces = 1};
	const struct handshake_choice retry = {.nonces = 1, .retry = true};

	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	client = certs_leaf(ID, ca, NULL);
	handshake_run(&usual, server, client, ca, &plain);
	handshake_run(&retried, server, client, ca, &retry);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	handshake_free(&usual);
	handshake_free(&retried);
	certs_free(&client);
	certs_free(&server);
	certs_free(&ca);
	return 0;
}

static int
verify(const struct buf *messages, struct possession *proof, struct error *err)
{
	return possession_verify(buf_str(messages), certs_der(server), proof, err);
}

static void
assert_refused(const struct buf *messages, const char *text)
{
	struct error err = ERROR_INIT;
	struct possession proof;

	if (verify(messages, &proof, &err) == 0 || strstr(err.text, text) == NULL)
		fail_msg("\"%s\": %s", text, err.code == ERR_NONE ? "accepted" : err.text);
}

static const struct {
	const char *key;
	struct handshake_choice choice;
	bool fits;
} handshakes[] = {
    {"P-256", {.suite = "TLS_AES_128_GCM_SHA256"}, true},
    {"P-256", {.suite = "TLS_AES_256_GCM_SHA384"}, true},
    {"P-256", {.suite = "TLS_CHACHA20_POLY1305_SHA256"}, true},
    {"P-256", {.suite = "TLS_AES_256_GCM_SHA384", .retry = true}, true},
    {"P-256", {.suite = "TLS_AES_128_GCM_SHA256", .retry = true}, true},
    {"P-384", {.suite = "TLS_AES_128_GCM_SHA256"}, true},
    {"P-384", {.suite = "TLS_AES_256_GCM_SHA384"}, true},
    {"ED25519", {.suite = "TLS_AES_256_GCM_SHA384"}, true},
    {"RSA-2048", {.schemes = "rsa_pss_rsae_sha256"}, true},
    {"RSA-2048", {.schemes = "rsa_pss_rsae_sha384"}, true},
    {"RSA-2048", {.schemes = "rsa_pss_rsae_sha512"}, true},
    {"P-521", {.suite = "TLS_AES_256_GCM_SHA384"}, false},
};

static void
accepts_handshakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(handshakes); i++) {
		struct cert_change change = {.key = handshakes[i].key};
		struct cert *leaf = certs_leaf(ID, ca, &change);
		struct handshake_choice choice = handshakes[i].choice;
		struct error err = ERROR_INIT;
		struct possession proof;
		struct handshake h;

		choice.nonces = 1;
		handshake_run(&h, server, leaf, ca, &choice);
		assert_int_equal(h.count, choice.retry ? 11 : 9);
		if ((verify(&h.messages, &proof, &err) == 0) != handshakes[i].fits)
			fail_msg("handshake %zu: %s", i, err.text);
		if (handshakes[i].fits) {
			assert_memory_equal(proof.nonce, handshake_nonce, POSSESSION_NONCE);
			assert_int_equal(proof.chain.count, 2);
			assert_true(str_equal(proof.chain.der[0], certs_der(leaf)));
			assert_true(str_equal(proof.chain.der[1], certs_der(ca)));
		}
		handshake_free(&h);
		certs_free(&leaf);
	}
}

static void
wants_one_nonce(void **state)
{
	static const struct {
		struct handshake_choice choice;
		const char *text;
	} wrong[] = {
	    {{.nonces = 0}, "no nonce"},
	    {{.nonces = 1, .nonce_len = 31}, "another size"},
	    {{.nonces = 1, .nonce_len = 33}, "another size"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct handshake h;

		handshake_run(&h, server, client, ca, &wrong[i].choice);
		assert_refused(&h.messages, wrong[i].text);
		handshake_free(&h);
	}
}

/* Put the extension into CertificateRequest again: two of them, whatever the signature says. */
static void
refuses_two_nonces(void **state)
{
	static const uint8_t head[] = {0xff, 0xa7, 0, POSSESSION_NONCE};
	struct buf messages = BUF_INIT;
	struct str request = usual.message[3];
	size_t at = (size_t)(request.at - (const char *)usual.messages.data);

	(void)state;
	buf_put(&messages, usual.messages.data, at + request.len);
	buf_put(&messages, head, sizeof(head));
	buf_put(&messages, handshake_nonce, POSSESSION_NONCE);
	buf_put_str(&messages, str_from(buf_str(&usual.messages), at + request.len));
	/* Lengths of message (u24) and of the extensions behind the empty context (u16). */
	for (size_t i = 0; i < 2; i++) {
		uint8_t *len = messages.data + at + (i == 0 ? 2 : 5);
		unsigned sum = (len[0] * 256u + len[1]) + 4 + POSSESSION_NONCE;

		len[0] = (uint8_t)(sum >> 8);
		len[1] = (uint8_t)sum;
	}
	assert_refused(&messages, "or two");
	buf_free(&messages);
}

/* Each byte of each message, one at a time: none may be another. */
static void
refuses_each_flipped_byte(void **state)
{
	struct handshake *records[] = {&usual, &retried};
	struct possession proof;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf *messages = &records[i]->messages;
		size_t refused = 0;

		assert_int_equal(verify(messages, &proof, NULL), 0);
		for (size_t at = 0; at < messages->len; at++) {
			messages->data[at] ^= (uint8_t)(1u << at % 8);
			refused += verify(messages, &proof, NULL) != 0;
			messages->data[at] ^= (uint8_t)(1u << at % 8);
		}
		assert_int_equal(refused, messages->len);
		assert_int_equal(verify(messages, &proof, NULL), 0);
	}
}

/* The messages in the order given by places, -1 at its end. */
static void
arrange(struct buf *out, const struct handshake *h, const int *places)
{
	buf_clear(out);
	for (; *places >= 0; places++)
		buf_put_str(out, h->message[*places]);
}

static void
refuses_another_order(void **state)
{
	struct handshake *records[] = {&usual, &retried};
	struct buf messages = BUF_INIT;
	struct possession proof;
	int places[HANDSHAKE_MESSAGES + 2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct handshake *h = records[i];
		int n = (int)h->count;

		for (int a = 0; a < n; a++) {
			int k = 0;

			/* dropped */
			for (int p = 0; p < n; p++)
				if (p != a)
					places[k++] = p;
			places[k] = -1;
			arrange(&messages, h, places);
			assert_int_equal(verify(&messages, &proof, NULL), -1);
			/* doubled */
			for (k = 0; k < n + 1; k++)
				places[k] = k <= a ? k : k - 1;
			places[k] = -1;
			arrange(&messages, h, places);
			assert_int_equal(verify(&messages, &proof, NULL), -1);
			/* exchanged with each one behind it */
			for (int b = a + 1; b < n; b++) {
				for (k = 0; k < n; k++)
					places[k] = k == a ? b : k == b ? a : k;
				places[k] = -1;
				arrange(&messages, h, places);
				assert_int_equal(verify(&messages, &proof, NULL), -1);
			}
		}
		for (int k = 0; k <= n; k++)
			places[k] = k < n ? k : -1;
		arrange(&messages, h, places);
		assert_int_equal(verify(&messages, &proof, NULL), 0);
	}
	buf_free(&messages);
}

/* Cut at any byte, or with bytes behind, or with another handshake's messages among its own. */
static void
refuses_cut_and_mixed_records(void **state)
{
	struct buf messages = BUF_INIT;
	struct possession proof;
	struct handshake other;
	const struct handshake_choice choice = {.nonces = 1};

	(void)state;
	for (size_t len = 0; len < usual.messages.len; len++) {
		struct str cut = {(const char *)usual.messages.data, len};

		assert_int_equal(possession_verify(cut, certs_der(server), &proof, NULL), -1);
	}
	buf_put_str(&messages, buf_str(&usual.messages));
	buf_put_u8(&messages, 0);
	assert_refused(&messages, "do not end as they should");
	handshake_run(&other, server, client, ca, &choice);
	for (unsigned mixed = 0; mixed < usual.count; mixed++) {
		bool same = str_equal(other.message[mixed], usual.message[mixed]);

		buf_clear(&messages);
		for (unsigned i = 0; i < usual.count; i++)
			buf_put_str(&messages, (i == mixed ? &other : &usual)->message[i]);
		assert_int_equal(verify(&messages, &proof, NULL), same ? 0 : -1);
	}
	buf_clear(&messages);
	memset(buf_reserve(&messages, POSSESSION_MAX + 1), 0, POSSESSION_MAX + 1);
	messages.len = POSSESSION_MAX + 1;
	assert_refused(&messages, "bytes of messages");
	handshake_free(&other);
	buf_free(&messages);
}

/* What a broken gate would try: the certificate of somebody else in the client's place. */
static void
refuses_another_certificate(void **state)
{
	struct cert_change change = {.serial = "1234"};
	struct cert *victim = certs_leaf("spiffe://na1.example/operator/root", ca, &change);
	struct buf messages = BUF_INIT;
	const struct handshake_choice choice = {.nonces = 1};
	struct handshake theirs;

	(void)state;
	handshake_run(&theirs, server, victim, ca, &choice);
	for (unsigned i = 0; i < usual.count; i++)
		buf_put_str(&messages, (i == 7 ? &theirs : &usual)->message[i]);
	assert_refused(&messages, "signature");
	handshake_free(&theirs);
	certs_free(&victim);
	buf_free(&messages);
}

/* How a client that helps the gate signs what the gate made of the messages. */
struct signing {
	const struct cert *client;
	uint16_t scheme;
	const char *digest;
	int salt; /* of RSA; -1: as long as the digest */
};

/* Append a CertificateVerify over messages that end with the client's Certificate (SHA-256). */
static void
sign(struct buf *messages, const struct signing *how)
{
	static const char context[] = "TLS 1.3, client CertificateVerify";
	uint8_t content[64 + sizeof(context) + 32], signature[512];
	size_t len = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	memset(content, ' ', 64);
	memcpy(content + 64, context, sizeof(context));
	assert_int_equal(EVP_Digest(messages->data, messages->len,
			     content + 64 + sizeof(context), NULL, EVP_sha256(), NULL),
	    1);
	assert_int_equal(
	    EVP_DigestSignInit_ex(ctx, &pctx, how->digest, NULL, NULL, how->client->key, NULL),
	    1);
	if (EVP_PKEY_get_base_id(how->client->key) == EVP_PKEY_RSA) {
		EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, how->salt);
	}
	assert_int_equal(EVP_DigestSign(ctx, signature, &len, content, sizeof(content)), 1);
	EVP_MD_CTX_free(ctx);
	buf_put_u8(messages, 15);
	buf_put_u8(messages, 0);
	buf_put_u16(messages, (uint16_t)(len + 4));
	buf_put_u16(messages, how->scheme);
	buf_put_u16(messages, (uint16_t)len);
	buf_put(messages, signature, len);
}

/* A good signature does not mend what is wrong with the messages, or with itself. */
static void
refuses_what_is_well_signed(void **state)
{
	static const struct cert_change rsa = {.key = "RSA-2048"};
	static const uint8_t retry[] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe,
	    0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c,
	    0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
	struct cert *other = certs_leaf(ID, ca, &rsa);
	const struct {
		struct signing how;
		bool context, retry;
		const char *text; /* NULL: accepted */
	} cases[] = {
	    {{client, 0x0403, "SHA256", 0}, false, false, NULL},
	    {{client, 0x0403, "SHA256", 0}, true, false, "CertificateRequest is malformed"},
	    {{client, 0x0403, "SHA256", 0}, false, true, "HelloRetryRequest"},
	    {{client, 0x0403, "SHA384", 0}, false, false, "does not verify"},
	    {{client, 0x0503, "SHA384", 0}, false, false, "does not fit"},
	    {{client, 0x0203, "SHA1", 0}, false, false, "does not fit"},
	    {{other, 0x0804, "SHA256", RSA_PSS_SALTLEN_DIGEST}, false, false, NULL},
	    {{other, 0x0804, "SHA256", 20}, false, false, "does not verify"},
	    {{other, 0x0403, "SHA256", RSA_PSS_SALTLEN_DIGEST}, false, false, "does not fit"},
	};
	const struct handshake_choice choice = {.nonces = 1, .suite = "TLS_AES_128_GCM_SHA256"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf messages = BUF_INIT;
		struct possession proof;
		struct handshake h;

		handshake_run(&h, server, cases[i].how.client, ca, &choice);
		for (unsigned m = 0; m + 1 < h.count; m++) {
			size_t at = messages.len;

			buf_put_str(&messages, h.message[m]);
			if (m == 1 && cases[i].retry)
				memcpy(messages.data + at + 6, retry, sizeof(retry));
			if (m == 3 && cases[i].context) {
				messages.data[at + 3]++;
				messages.data[at + 4] = 1;
				buf_put_u8(&messages, 0);
				memmove(messages.data + at + 6, messages.data + at + 5,
				    messages.len - at - 6);
			}
		}
		sign(&messages, &cases[i].how);
		if (cases[i].text == NULL)
			assert_int_equal(verify(&messages, &proof, NULL), 0);
		else
			assert_refused(&messages, cases[i].text);
		handshake_free(&h);
		buf_free(&messages);
	}
	certs_free(&other);
}

/* Relayed from another listener: its certificate is not ours. */
static void
refuses_another_server(void **state)
{
	struct cert *other = certs_leaf("spiffe://na1.example/svc/phish", ca, NULL);
	const struct handshake_choice choice = {.nonces = 1};
	struct possession proof;
	struct handshake h;

	(void)state;
	handshake_run(&h, other, client, ca, &choice);
	assert_refused(&h.messages, "not this listener's");
	assert_int_equal(
	    possession_verify(buf_str(&h.messages), certs_der(other), &proof, NULL), 0);
	handshake_free(&h);
	certs_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts_handshakes),
	    cmocka_unit_test(wants_one_nonce),
	    cmocka_unit_test(refuses_two_nonces),
	    cmocka_unit_test(refuses_each_flipped_byte),
	    cmocka_unit_test(refuses_another_order),
	    cmocka_unit_test(refuses_cut_and_mixed_records),
	    cmocka_unit_test(refuses_another_certificate),
	    cmocka_unit_test(refuses_what_is_well_signed),
	    cmocka_unit_test(refuses_another_server),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
