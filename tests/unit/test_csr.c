/*
 * Certificate requests: those that tools make are read; those that lie or are no DER are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "policy/csr.h"
#include "policy/usage.h"

struct wish {
	const char *names; /* in OpenSSL's notation; NULL: none */
	const char *usage;
	const EVP_MD *digest;
	EVP_PKEY *other; /* signs instead of the key that is named */
	bool twice;      /* the names come twice */
};

static void
add(STACK_OF(X509_EXTENSION) * list, int nid, const char *value)
{
	X509_EXTENSION *e = value == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	if (value == NULL)
		return;
	assert_non_null(e);
	sk_X509_EXTENSION_push(list, e);
}

static void
make(EVP_PKEY *key, const struct wish *w, struct buf *der)
{
	X509_REQ *r = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	unsigned char *bytes = NULL;
	int len;

	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(r), "CN", MBSTRING_UTF8,
	    (const unsigned char *)"svc.dev1.example", -1, -1, 0);
	X509_REQ_set_pubkey(r, key);
	add(list, NID_subject_alt_name, w->names);
	add(list, NID_key_usage, w->usage);
	if (w->twice)
		add(list, NID_subject_alt_name, w->names);
	if (sk_X509_EXTENSION_num(list) > 0)
		X509_REQ_add_extensions(r, list);
	assert_true(X509_REQ_sign(r, w->other != NULL ? w->other : key, w->digest) > 0);
	len = i2d_X509_REQ(r, &bytes);
	buf_clear(der);
	buf_put(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_REQ_free(r);
}

static EVP_PKEY *key;

static struct csr *
read_wish(const struct wish *w, struct error *err)
{
	struct buf der = BUF_INIT;
	struct csr *c;

	make(key, w, &der);
	c = csr_read_der(buf_str(&der), err);
	buf_free(&der);
	return c;
}

static void
test_good(void **unused)
{
	const struct wish w = {
	    "DNS:a.example,email:me@a.example,URI:spiffe://dev1.example/svc/a,"
	    "IP:10.0.0.1,IP:::1,otherName:1.2.3;UTF8:x",
	    "digitalSignature,keyCertSign", EVP_sha256(), NULL, false};
	struct csr *c = read_wish(&w, NULL);

	(void)unused;
	assert_non_null(c);
	assert_true(str_is(c->common_name, "svc.dev1.example"));
	assert_int_equal(c->names.dns.count, 1);
	assert_true(str_is(c->names.email.at[0], "me@a.example"));
	assert_true(str_is(c->names.uri.at[0], "spiffe://dev1.example/svc/a"));
	assert_int_equal(c->names.address.count, 2);
	assert_int_equal(c->names.address.at[1].len, 16);
	assert_true(str_is(c->names.other_value.at[0], "x"));
	assert_int_equal(c->usage, USAGE_DIGITAL_SIGNATURE | USAGE_CERT_SIGN);
	assert_string_equal(c->key_type, "ec");
	assert_int_equal(c->key_bits, 256);
	csr_free(&c);
}

static void
assert_refused(const struct wish *w, const char *why)
{
	struct error err = ERROR_INIT;
	struct csr *c = read_wish(w, &err);

	if (c != NULL || strstr(err.text, why) == NULL)
		fail_msg("\"%s\" instead of \"%s\"", err.text, why);
}

static void
test_bad(void **unused)
{
	EVP_PKEY *stranger = EVP_EC_gen("P-256"), *brainpool = EVP_EC_gen("brainpoolP256r1");
	EVP_PKEY *mine = key;

	(void)unused;
	assert_refused(&(struct wish){.digest = EVP_sha1()}, "algorithm");
	assert_refused(&(struct wish){.digest = EVP_sha256(), .other = stranger}, "signature");
	assert_refused(
	    &(struct wish){"DNS:a.example", NULL, EVP_sha256(), NULL, true}, "twice");
	assert_refused(&(struct wish){"RID:1.2.3", NULL, EVP_sha256(), NULL, false}, "kind");
	key = brainpool;
	assert_refused(&(struct wish){.digest = EVP_sha256()}, "RSA, EC");
	key = EVP_RSA_gen(1024);
	assert_refused(&(struct wish){.digest = EVP_sha256()}, "RSA keys < 2048 bits");
	EVP_PKEY_free(key);
	key = mine;
	EVP_PKEY_free(brainpool);
	EVP_PKEY_free(stranger);
}

/* Each byte changed, each length cut: never read, and never read beyond its end. */
static void
test_damaged(void **unused)
{
	const struct wish w = {"DNS:a.example", "digitalSignature", EVP_sha256(), NULL, false};
	struct buf der = BUF_INIT;
	struct csr *c;

	(void)unused;
	make(key, &w, &der);
	for (size_t i = 0; i < der.len; i++) {
		der.data[i] ^= 0x01;
		c = csr_read_der(buf_str(&der), NULL);
		if (c != NULL)
			fail_msg("byte %zu", i);
		der.data[i] ^= 0x01;
		assert_null(csr_read_der((struct str){(char *)der.data, i}, NULL));
	}
	buf_put_u8(&der, 0);
	assert_null(csr_read_der(buf_str(&der), NULL));
	buf_free(&der);
}

static void
test_pem(void **unused)
{
	struct error err = ERROR_INIT;

	(void)unused;
	assert_null(csr_read(str_of("nonsense"), &err));
	assert_null(csr_read(str_of(""), NULL));
	assert_null(csr_read(
	    str_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), NULL));
	assert_null(csr_read(str_of("-----BEGIN CERTIFICATE REQUEST-----\n*\n"
				    "-----END CERTIFICATE REQUEST-----\n"),
	    NULL));
	assert_null(csr_read(str_of("-----BEGIN CERTIFICATE REQUEST-----\n"), NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_pem),
	};
	int failed;

	key = EVP_EC_gen("P-256");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(key);
	return failed;
}
