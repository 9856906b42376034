/*
 * What operators give as PEM: the listener's certificate and key, a role's CA, a revocation
 * list.  Each is taken when it is ours, and refused by name when it is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "base/text.h"
#include "policy/anchor.h"
#include "policy/crl.h"
#include "tests/unit/certs.h"

/* A serial number, hexadecimal, and as a list of it is read here. */
#define HEX "0123456789ABCDEF0123"
#define SERIAL "5373003642731685151011 "

static struct cert *ca, *other, *leaf;
static struct bundle *bundle;

static int
set_up(void **state)
{
	struct buf pem = BUF_INIT;

	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	other = certs_ca("eu1 CA", NULL, NULL);
	leaf = certs_leaf("spiffe://na1.example/svc/a", ca, NULL);
	certs_pem(&pem, ca);
	bundle = bundle_new(buf_str(&pem), (struct str){"", 0}, "na1.example", NULL);
	buf_free(&pem);
	assert_non_null(bundle);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	bundle_free(&bundle);
	certs_free(&leaf);
	certs_free(&other);
	certs_free(&ca);
	return 0;
}

static void
key_pem(struct buf *out, EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key,
			     passphrase == NULL ? NULL : EVP_aes_128_cbc(), NULL, 0, NULL,
			     (void *)(uintptr_t)passphrase),
	    1);
	len = BIO_get_mem_data(bio, &text);
	buf_clear(out);
	buf_put(out, text, (size_t)len);
	BIO_free(bio);
}

static void
test_first(void **state)
{
	struct buf pem = BUF_INIT, der = BUF_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	certs_pem(&pem, leaf);
	certs_pem(&pem, ca);
	assert_int_equal(anchor_first(buf_str(&pem), &der, &err), 0);
	assert_true(str_equal(buf_str(&der), certs_der(leaf)));
	assert_int_equal(anchor_first((struct str){NULL, 0}, &der, &err), -1);
	assert_string_equal(err.text, "no certificate in PEM form");
	pem.data[60] ^= 1;
	pem.len = 100;
	assert_int_equal(anchor_first(buf_str(&pem), &der, NULL), -1);
	buf_free(&pem);
	buf_free(&der);
}

static void
refused_key(struct str pem, const struct buf *key, const char *why)
{
	struct error err = ERROR_INIT;

	assert_int_equal(anchor_check_key(pem, buf_str(key), &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.text, why);
}

static void
test_key(void **state)
{
	const struct cert_change weak = {.key = "RSA-1024"};
	struct cert *short_one = certs_leaf("spiffe://na1.example/svc/a", ca, &weak);
	struct buf pem = BUF_INIT, key = BUF_INIT, none = BUF_INIT, weak_pem = BUF_INIT;

	(void)state;
	certs_pem(&pem, leaf);
	key_pem(&key, leaf->key, NULL);
	assert_int_equal(anchor_check_key(buf_str(&pem), buf_str(&key), NULL), 0);
	refused_key(buf_str(&none), &key, "no certificate in PEM form");
	refused_key(buf_str(&pem), &none, "no private key in PEM form that can be read");
	key_pem(&key, leaf->key, "a passphrase that nobody is asked for");
	refused_key(buf_str(&pem), &key, "no private key in PEM form that can be read");
	key_pem(&key, other->key, NULL);
	refused_key(buf_str(&pem), &key, "the key is not that of the certificate");
	certs_pem(&weak_pem, short_one);
	key_pem(&key, short_one->key, NULL);
	refused_key(buf_str(&weak_pem), &key, "the key is too weak");
	certs_free(&short_one);
	buf_free(&pem);
	buf_free(&weak_pem);
	buf_free(&key);
}

static enum anchor_verdict
verdict(const struct cert *first, const struct cert *second)
{
	struct buf pem = BUF_INIT;
	enum anchor_verdict v;

	certs_pem(&pem, first);
	if (second != NULL)
		certs_pem(&pem, second);
	v = anchor_check(bundle, buf_str(&pem));
	buf_free(&pem);
	return v;
}

static void
test_ours(void **state)
{
	static char large[ANCHOR_BYTES + 1];

	(void)state;
	assert_int_equal(verdict(ca, NULL), ANCHOR_OURS);
	assert_int_equal(verdict(ca, ca), ANCHOR_OURS);
	assert_int_equal(verdict(other, NULL), ANCHOR_FOREIGN);
	assert_int_equal(verdict(ca, other), ANCHOR_FOREIGN);
	assert_int_equal(verdict(other, ca), ANCHOR_FOREIGN);
	assert_int_equal(verdict(leaf, NULL), ANCHOR_FOREIGN);
	assert_int_equal(anchor_check(bundle, str_of("no PEM")), ANCHOR_NONE);
	assert_int_equal(
	    anchor_check(bundle, (struct str){large, sizeof(large)}), ANCHOR_NONE);
}

/* ---- revocation lists ---- */

static void
take_serial(void *arg, const char *serial)
{
	buf_printf(arg, "%s ", serial);
}

/* The serials that a list names, as one text; or "" and why it was refused. */
static void
serials(struct str text, struct buf *named, char issuer[CRL_ISSUER], struct error *err)
{
	buf_clear(named);
	if (crl_read(bundle, text, issuer, take_serial, named, err) == 0)
		assert_int_equal(err->code, ERR_NONE);
}

static void
test_crl(void **state)
{
	const struct cert_change numbered = {.serial = HEX};
	struct cert *revoked = certs_leaf("spiffe://na1.example/svc/b", ca, &numbered);
	struct buf pem = BUF_INIT, base64 = BUF_INIT, named = BUF_INIT;
	struct error err = ERROR_INIT;
	char issuer[CRL_ISSUER];
	BIO *bio;
	X509_CRL *list;
	unsigned char *der = NULL;
	int len;

	(void)state;
	certs_crl(&pem, ca, -CERTS_DAY, CERTS_DAY, revoked, NULL);
	serials(buf_str(&pem), &named, issuer, &err);
	assert_true(str_is(buf_str(&named), SERIAL));
	assert_int_equal(strlen(issuer) % 3, 2); /* aa:bb:... */

	/* The same, as base64 of its DER. */
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	assert_non_null(list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL));
	len = i2d_X509_CRL(list, &der);
	base64_encode(&base64, BASE64_STD, der, (size_t)len);
	serials(buf_str(&base64), &named, issuer, &err);
	assert_true(str_is(buf_str(&named), SERIAL));

	/* One that names nobody; then what is none, and one of a stranger. */
	buf_clear(&pem);
	certs_crl(&pem, ca, -CERTS_DAY, CERTS_DAY, NULL, NULL);
	serials(buf_str(&pem), &named, issuer, &err);
	assert_int_equal(named.len, 0);
	assert_int_equal(crl_read(bundle, str_of("!"), issuer, take_serial, &named, &err), -1);
	assert_string_equal(err.text, "neither PEM nor base64");
	err = (struct error)ERROR_INIT;
	assert_int_equal(crl_read(bundle, str_of("QUJD"), issuer, take_serial, &named, &err), -1);
	buf_clear(&pem);
	certs_crl(&pem, other, -CERTS_DAY, CERTS_DAY, leaf, NULL);
	err = (struct error)ERROR_INIT;
	assert_int_equal(crl_read(bundle, buf_str(&pem), issuer, take_serial, &named, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(named.len, 0);
	X509_CRL_free(list);
	BIO_free(bio);
	OPENSSL_free(der);
	certs_free(&revoked);
	buf_free(&pem);
	buf_free(&base64);
	buf_free(&named);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first),
	    cmocka_unit_test(test_key),
	    cmocka_unit_test(test_ours),
	    cmocka_unit_test(test_crl),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
