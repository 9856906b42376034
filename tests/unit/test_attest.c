/* policy/attest, keys/csr: papers are believed when all three parts fit, and not else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "keys/csr.h"
#include "keys/digest.h"
#include "policy/attest.h"
#include "tests/unit/certs.h"

#define DOMAIN "na1.example"
#define VAULT_ID "spiffe://" DOMAIN "/vault"
#define HEAD "{\"statement\":\"" ATTEST_LABEL "\",\"hublet\":\"na1\",\"trust_domain\":\"" DOMAIN "\","
#define MIDDLE "\"vault\":\"v\",\"mount\":\"transit/\",\"key\":\"k\",\"type\":\"rsa-2048\","
#define TAIL "\"exportable\":false,\"versions\":[],\"time\":\"t\",\"nonce\":\"n1\"}"
#define GOOD HEAD MIDDLE TAIL

static const struct cert_change ed25519 = {.key = "ED25519"};
static struct cert *ca, *other_ca, *vault, *foreign, *service, *p256;
static struct trust *trust;
static struct arena *arena;

static int
set_up(void **state)
{
	struct error err = ERROR_INIT;
	struct buf pem = BUF_INIT;

	(void)state;
	ca = certs_ca("na1", NULL, NULL);
	other_ca = certs_ca("eu1", NULL, NULL);
	vault = certs_leaf(VAULT_ID, ca, &ed25519);
	foreign = certs_leaf(VAULT_ID, other_ca, &ed25519);
	service = certs_leaf("spiffe://" DOMAIN "/svc/billing", ca, &ed25519);
	p256 = certs_leaf(VAULT_ID, ca, NULL);
	certs_pem(&pem, ca);
	trust = trust_new(buf_str(&pem), str_of(""), DOMAIN, &err);
	assert_non_null(trust);
	arena = arena_new((size_t)1 << 20, 0, &err);
	assert_non_null(arena);
	buf_free(&pem);
	return 0;
}

static int
tear_down(void **state)
{
	struct cert **all[] = {&ca, &other_ca, &vault, &foreign, &service, &p256};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		certs_free(all[i]);
	trust_free(&trust);
	arena_free(arena);
	return 0;
}

static void
sign(const struct cert *by, const char *statement, uint8_t signature[ATTEST_SIGNATURE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf message = BUF_INIT;
	size_t len = ATTEST_SIGNATURE;

	memset(signature, 0, ATTEST_SIGNATURE);
	attest_message(str_of(statement), &message);
	if (EVP_PKEY_get_id(by->key) == EVP_PKEY_ED25519) {
		assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, by->key), 1);
		assert_int_equal(
		    EVP_DigestSign(ctx, signature, &len, message.data, message.len), 1);
	}
	EVP_MD_CTX_free(ctx);
	buf_free(&message);
}

/* What is said of a paper; "": it is believed. */
static struct error
judge(const struct cert *chain, const struct cert *signer, const char *statement, const char *nonce,
    int64_t now)
{
	uint8_t signature[ATTEST_SIGNATURE];
	struct buf pem = BUF_INIT;
	struct attest_paper p = {.statement = str_of(statement),
	    .signature = {(char *)signature, sizeof signature}};
	struct error err = ERROR_INIT;
	const struct json *found;

	sign(signer, statement, signature);
	certs_pem(&pem, chain);
	p.chain_pem = buf_str(&pem);
	found = attest_verify(arena, trust, DOMAIN, &p, str_of(nonce), now, &err);
	assert_true((found != NULL) == (err.code == ERR_NONE));
	if (found != NULL)
		assert_true(str_is(json_find(found, "key")->text, "k"));
	buf_free(&pem);
	arena_reset(arena);
	return err;
}

static void
test_papers(void **state)
{
	static const int64_t now = CERTS_NOW, late = CERTS_NOW + 2 * CERTS_DAY;
	struct cert stranger = {.key = certs_key("ED25519", 9)};
	const struct {
		const struct cert *chain, *signer;
		const char *statement, *nonce;
		int64_t now;
		enum error_code code;
	} cases[] = {
	    {vault, vault, GOOD, "n1", now, ERR_NONE},
	    {vault, vault, GOOD, "", now, ERR_NONE},
	    {vault, vault, GOOD, "n2", now, ERR_DENIED},
	    {vault, vault, GOOD, "n1", late, ERR_DENIED},
	    {vault, &stranger, GOOD, "n1", now, ERR_DENIED},
	    {service, service, GOOD, "n1", now, ERR_FOREIGN},
	    {foreign, foreign, GOOD, "n1", now, ERR_FOREIGN},
	    {p256, p256, GOOD, "n1", now, ERR_INVALID},
	    {vault, vault, HEAD MIDDLE "\"exportable\":true,\"versions\":[],\"time\":\"t\","
			   "\"nonce\":\"n1\"}", "n1", now, ERR_INVALID},
	    {vault, vault, HEAD TAIL, "n1", now, ERR_INVALID},
	    {vault, vault, HEAD MIDDLE "\"exportable\":false,\"time\":\"t\",\"nonce\":\"n1\"}", "n1",
		now, ERR_INVALID},
	    {vault, vault, "{\"statement\":\"vaultd key attestation 2\"}", "n1", now, ERR_INVALID},
	    {vault, vault, "{\"statement\":\"" ATTEST_LABEL "\",\"hublet\":\"na1\","
			   "\"trust_domain\":\"eu1.example\"," MIDDLE TAIL, "n1", now, ERR_FOREIGN},
	    {vault, vault, GOOD "x", "n1", now, ERR_INVALID},
	    {vault, vault, "[]", "n1", now, ERR_INVALID},
	    {vault, vault, "", "n1", now, ERR_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = judge(cases[i].chain, cases[i].signer, cases[i].statement,
		    cases[i].nonce, cases[i].now);

		if (err.code != cases[i].code)
			fail_msg("case %zu: %d %s", i, err.code, err.text);
	}
	EVP_PKEY_free(stranger.key);
}

/* Any byte of statement or signature counts. */
static void
test_every_byte(void **state)
{
	uint8_t signature[ATTEST_SIGNATURE];
	char statement[] = GOOD;
	struct buf pem = BUF_INIT;
	struct attest_paper p = {{statement, strlen(GOOD)}, {(char *)signature, sizeof signature},
	    {NULL, 0}};

	(void)state;
	sign(vault, GOOD, signature);
	certs_pem(&pem, vault);
	p.chain_pem = buf_str(&pem);
	for (size_t i = 0; i < p.statement.len + sizeof signature; i++) {
		char *at = i < p.statement.len ? &statement[i]
					       : (char *)signature + (i - p.statement.len);

		*at ^= 1;
		assert_null(attest_verify(
		    arena, trust, DOMAIN, &p, str_of(""), CERTS_NOW, NULL));
		*at ^= 1;
	}
	assert_non_null(attest_verify(arena, trust, DOMAIN, &p, str_of(""), CERTS_NOW, NULL));
	p.signature.len--;
	assert_null(attest_verify(arena, trust, DOMAIN, &p, str_of(""), CERTS_NOW, NULL));
	arena_reset(arena);
	buf_free(&pem);
}

static void
test_chains(void **state)
{
	static const char *const bad[] = {"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
	    "-----END PRIVATE KEY-----\n"};
	uint8_t key[ATTEST_PUBLIC];
	struct buf pem = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(attest_check_chain(
		    trust, str_of(bad[i]), CERTS_NOW, key, NULL), -1);
	/* The CA's own certificate may stand behind, as files often have it. */
	certs_pem(&pem, vault);
	certs_pem(&pem, ca);
	assert_int_equal(attest_check_chain(trust, buf_str(&pem), CERTS_NOW, key, NULL), 0);
	buf_free(&pem);
}

static void
test_request(void **state)
{
	uint8_t public_key[DIGEST_PUBLIC], found[DIGEST_PUBLIC];
	struct secret *signer = digest_signer_new(public_key);
	struct buf pem = BUF_INIT;
	size_t len = sizeof found;
	BIO *in;
	X509_REQ *r;
	STACK_OF(X509_EXTENSION) *extensions;

	(void)state;
	csr_format(signer, "vault", VAULT_ID, &pem);
	in = BIO_new_mem_buf(pem.data, (int)pem.len);
	r = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
	assert_non_null(r);
	assert_int_equal(X509_REQ_verify(r, X509_REQ_get0_pubkey(r)), 1);
	assert_int_equal(
	    EVP_PKEY_get_raw_public_key(X509_REQ_get0_pubkey(r), found, &len), 1);
	assert_memory_equal(found, public_key, sizeof found);
	extensions = X509_REQ_get_extensions(r);
	assert_int_equal(sk_X509_EXTENSION_num(extensions), 2);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(r);
	BIO_free(in);
	buf_free(&pem);
	secret_free(&signer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_papers),
	    cmocka_unit_test(test_every_byte),
	    cmocka_unit_test(test_chains),
	    cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
