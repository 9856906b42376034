/*
 * The certificates that vaultctl makes are identities to the code that judges identities, under
 * the CA that made them and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "client/certs.h"
#include "policy/identity.h"
#include "policy/trust.h"

#define HOUR 3600
#define URI "spiffe://na1.example/svc/billing"

static char dir[] = "/tmp/test_certs.XXXXXX";

static int
enter(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? chdir(dir) : -1;
}

static int
leave(void **state)
{
	(void)state;
	unlink("x.pem");
	unlink("x.key");
	unlink("y.pem");
	unlink("y.key");
	return rmdir(dir);
}

static struct credential *
make_ca(void)
{
	const struct credential_wish wish = {.kind = CREDENTIAL_CA,
	    .name = str_of("CA"),
	    .uri = "spiffe://na1.example",
	    .seconds = 24 * HOUR};
	struct credential *ca = credential_new(&wish, NULL, NULL);

	assert_non_null(ca);
	return ca;
}

static struct credential_wish
service(const char *key_type)
{
	return (struct credential_wish){.kind = CREDENTIAL_IDENTITY,
	    .key_type = key_type,
	    .name = str_of("billing"),
	    .uri = URI,
	    .seconds = HOUR};
}

static struct identity *
judge(const struct credential *leaf, const struct credential *ca)
{
	struct buf pem = BUF_INIT, der = BUF_INIT, ca_pem = BUF_INIT;
	struct chain chain = {.count = 1};
	struct identity *id;
	struct trust *trust;

	credential_put_certificate(ca, NULL, &ca_pem);
	credential_put_certificate(leaf, ca, &pem);
	assert_int_equal(credential_der(buf_str(&pem), &der, NULL), 0);
	trust = trust_new(buf_str(&ca_pem), str_of(""), "na1.example", NULL);
	assert_non_null(trust);
	chain.der[0] = buf_str(&der);
	id = trust_verify(trust, &chain, clock_wall() / CLOCK_SECOND, NULL, NULL);
	trust_free(&trust);
	buf_free(&ca_pem);
	buf_free(&der);
	buf_free(&pem);
	return id;
}

static void
test_identity_of_each_key_type(void **state)
{
	struct credential *ca = make_ca(), *other = make_ca();

	(void)state;
	for (const char *const *type = credential_key_types; *type != NULL; type++) {
		const struct credential_wish wish = service(*type);
		struct credential *leaf = credential_new(&wish, ca, NULL);
		struct identity *id = judge(leaf, ca);

		assert_non_null(id);
		assert_true(str_is(id->id, URI));
		assert_true(str_is(id->common_name, "billing"));
		identity_free(&id);
		assert_null(judge(leaf, other));
		credential_free(&leaf);
	}
	credential_free(&other);
	credential_free(&ca);
}

static void
test_no_identity(void **state)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1", "::1", NULL};
	const struct credential_wish server = {.kind = CREDENTIAL_SERVER,
	    .name = str_of("localhost"),
	    .hosts = hosts,
	    .seconds = HOUR};
	struct credential *ca = make_ca(), *shown = credential_new(&server, ca, NULL);

	(void)state;
	assert_non_null(shown);
	assert_null(judge(shown, ca));
	assert_null(judge(ca, ca));
	credential_free(&shown);
	credential_free(&ca);
}

/* A request in PEM for that key, which signs it with another when that is given. */
static struct buf
request_of(EVP_PKEY *key, EVP_PKEY *signer)
{
	X509_REQ *request = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf pem = BUF_INIT;
	char *text;
	long len;

	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
	    (const unsigned char *)"operator", -1, -1, 0);
	assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
	assert_true(X509_REQ_sign(request, signer, NULL) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
	len = BIO_get_mem_data(bio, &text);
	buf_put(&pem, text, (size_t)len);
	BIO_free(bio);
	X509_REQ_free(request);
	return pem;
}

/* A key that is elsewhere gets the names that were wished, not those of its request. */
static void
test_certify(void **state)
{
	const struct credential_wish wish = service(NULL);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct buf pem = request_of(key, key);
	struct credential *ca = make_ca(),
			  *made = credential_certify(buf_str(&pem), &wish, ca, NULL);
	struct identity *id;

	(void)state;
	assert_non_null(made);
	id = judge(made, ca);
	assert_non_null(id);
	assert_true(str_is(id->id, URI));
	assert_true(str_is(id->common_name, "billing"));
	identity_free(&id);
	credential_free(&made);
	credential_free(&ca);
	buf_free(&pem);
	EVP_PKEY_free(key);
}

/* Who asks must hold the key. */
static void
test_certify_refusals(void **state)
{
	const struct credential_wish wish = service(NULL);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct buf pem = request_of(key, other);
	const struct str texts[] = {buf_str(&pem), str_of(""),
	    str_of("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"
		   "-----END CERTIFICATE REQUEST-----\n")};
	struct credential *ca = make_ca();

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error err = ERROR_INIT;

		assert_null(credential_certify(texts[i], &wish, ca, &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
	credential_free(&ca);
	buf_free(&pem);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void
test_refusals(void **state)
{
	struct credential_wish wish = service("p255");
	struct credential *ca = make_ca();
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(credential_new(&wish, ca, &err));
	assert_non_null(strstr(err.text, "p255"));
	error_clear(&err);
	wish = service(NULL);
	wish.seconds = 48 * HOUR;
	assert_null(credential_new(&wish, ca, &err));
	assert_non_null(strstr(err.text, "outlive"));
	credential_free(&ca);
}

/* A name too long for a subject leaves it empty; the identity stands all the same. */
static void
test_long_name(void **state)
{
	struct credential_wish wish = service(NULL);
	struct credential *ca = make_ca(), *leaf;
	struct identity *id;
	char name[101] = "";

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	wish.name = str_of(name);
	leaf = credential_new(&wish, ca, NULL);
	id = judge(leaf, ca);
	assert_non_null(id);
	assert_int_equal(id->common_name.len, 0);
	identity_free(&id);
	credential_free(&leaf);
	credential_free(&ca);
}

static void
test_files(void **state)
{
	const struct credential_wish wish = service(NULL);
	struct credential *ca = make_ca(), *leaf = credential_new(&wish, ca, NULL), *back;
	struct buf domain = BUF_INIT;
	struct error err = ERROR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(credential_write(ca, NULL, "x", false, &err), 0);
	assert_int_equal(stat("x.key", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(credential_write(leaf, ca, "x", false, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	error_clear(&err);
	assert_int_equal(credential_write(leaf, ca, "y", false, &err), 0);
	assert_int_equal(credential_write(leaf, ca, "y", true, &err), 0);
	assert_null(credential_read("x.pem", "y.key", &err));
	assert_non_null(strstr(err.text, "not the key"));
	error_clear(&err);
	back = credential_read("x.pem", "x.key", &err);
	assert_non_null(back);
	assert_int_equal(credential_trust_domain(back, &domain, &err), 0);
	assert_true(str_is(buf_str(&domain), "na1.example"));
	buf_free(&domain);
	credential_free(&back);
	credential_free(&leaf);
	credential_free(&ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identity_of_each_key_type),
	    cmocka_unit_test(test_no_identity),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_certify),
	    cmocka_unit_test(test_certify_refusals),
	    cmocka_unit_test(test_long_name),
	    cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
