/*
 * Public keys and usages of what a PKI mount issues: every kind that may be, none other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509.h>

#include "policy/public_key.h"
#include "policy/usage.h"
#include "tests/unit/certs.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- public keys ---- */

static void
put_public(struct buf *out, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	assert_true(len > 0);
	buf_clear(out);
	buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *key, *type;
		unsigned bits;
		const char *why;
	} cases[] = {
	    {"P-224", "ec", 224, NULL},
	    {"P-256", "ec", 256, NULL},
	    {"P-384", "ec", 384, NULL},
	    {"P-521", "ec", 521, NULL},
	    {"ED25519", "ed25519", 0, NULL},
	    {"RSA-2048", "rsa", 2048, NULL},
	    {"RSA-1024", NULL, 0, "RSA keys < 2048 bits are unsafe and not supported: got 1024"},
	    {"secp256k1", NULL, 0, "its key is none of RSA, EC and Ed25519"},
	    {"X25519", NULL, 0, "its key is none of RSA, EC and Ed25519"},
	};
	struct buf spki = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = ERROR_INIT;
		const char *type = NULL;
		unsigned bits = 0;
		EVP_PKEY *key = strncmp(cases[i].key, "secp", 4) == 0
				    ? EVP_EC_gen(cases[i].key)
				    : certs_key(cases[i].key, 0);
		int rc;

		put_public(&spki, key);
		rc = public_key_kind(buf_str(&spki), &type, &bits, &err);
		if (cases[i].why != NULL) {
			assert_int_equal(rc, -1);
			assert_string_equal(err.text, cases[i].why);
		} else {
			assert_int_equal(rc, 0);
			assert_string_equal(type, cases[i].type);
			assert_int_equal(bits, cases[i].bits);
		}
		EVP_PKEY_free(key);
	}
	buf_free(&spki);
}

static void
test_malformed(void **state)
{
	const char *type = NULL;
	unsigned bits = 7;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(public_key_kind(str_of("0\x05no key"), &type, &bits, &err), -1);
	assert_string_equal(err.text, "its public key is malformed");
	assert_int_equal(bits, 0);
}

static void
test_wishes(void **state)
{
	static const struct {
		const char *type;
		int64_t bits, comes_to;
		const char *why;
	} cases[] = {
	    {"rsa", 0, 2048, NULL},
	    {"rsa", 3072, 3072, NULL},
	    {"rsa", 8192, 8192, NULL},
	    {"rsa", 1024, 0, "RSA keys < 2048 bits are unsafe and not supported: got 1024"},
	    {"rsa", 2049, 0, "unsupported bit length for RSA key: 2049"},
	    {"rsa", -1, 0, "RSA keys < 2048 bits are unsafe and not supported: got -1"},
	    {"ec", 0, 256, NULL},
	    {"ec", 224, 224, NULL},
	    {"ec", 521, 521, NULL},
	    {"ec", 255, 0, "unsupported bit length for EC key: 255"},
	    {"ed25519", 4096, 0, NULL},
	    {"dsa", 0, 0, "unknown key type dsa"},
	    {"", 0, 0, "unknown key type "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = ERROR_INIT;
		int64_t bits = cases[i].bits;
		int rc = public_key_wish(str_of(cases[i].type), &bits, &err);

		assert_int_equal(rc, cases[i].why != NULL ? -1 : 0);
		if (rc == 0)
			assert_int_equal(bits, cases[i].comes_to);
		else
			assert_string_equal(err.text, cases[i].why);
	}
}

static void
test_signed(void **state)
{
	struct cert *ca = certs_ca("na1 CA", NULL, NULL), *other = certs_ca("na1 CA", NULL, NULL);
	struct cert *leaf = certs_leaf("spiffe://na1.example/svc/a", ca, NULL);
	struct buf spki = BUF_INIT;

	(void)state;
	put_public(&spki, ca->key);
	assert_true(public_key_signed(buf_str(&spki), certs_der(leaf)));
	assert_false(public_key_signed(buf_str(&spki), str_of("none")));
	assert_false(public_key_signed(str_of("none"), certs_der(leaf)));
	put_public(&spki, other->key);
	assert_false(public_key_signed(buf_str(&spki), certs_der(leaf)));
	buf_free(&spki);
	certs_free(&leaf);
	certs_free(&other);
	certs_free(&ca);
}

/* ---- usages ---- */

static struct str_list
list_of(struct str *one, const char *text)
{
	*one = str_of(text);
	return (struct str_list){one, 1};
}

static void
test_usages(void **state)
{
	static const struct {
		const char *name;
		unsigned usage, purpose;
	} cases[] = {
	    {"DigitalSignature", USAGE_DIGITAL_SIGNATURE, 0},
	    {"KeyUsageDigitalSignature", USAGE_DIGITAL_SIGNATURE, 0},
	    {"keyusagekeyagreement", USAGE_KEY_AGREEMENT, 0},
	    {"NonRepudiation", USAGE_CONTENT_COMMITMENT, 0},
	    {"crlsign", USAGE_CRL_SIGN, 0},
	    {"DecipherOnly", USAGE_DECIPHER_ONLY, 0},
	    {"DigitalSignatures", 0, 0},
	    {"KeyUsage", 0, 0},
	    {"", 0, 0},
	    {"ServerAuth", 0, PURPOSE_SERVER},
	    {"ExtKeyUsageClientAuth", 0, PURPOSE_CLIENT},
	    {"extkeyusageocspsigning", 0, PURPOSE_OCSP},
	    {"any", 0, PURPOSE_ANY},
	};
	static const char oids[] = "\x06\x04\x55\x1d\x25\x00"
				   "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02";
	struct buf der = BUF_INIT;
	struct str one;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(usage_bits(list_of(&one, cases[i].name)), cases[i].usage);
		assert_int_equal(
		    usage_purposes(list_of(&one, cases[i].name)), cases[i].purpose);
	}
	usage_put_purposes(PURPOSE_CLIENT | PURPOSE_ANY, &der);
	assert_int_equal(der.len, sizeof(oids) - 1);
	assert_memory_equal(der.data, oids, der.len);
	buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_wishes),
	    cmocka_unit_test(test_signed),
	    cmocka_unit_test(test_usages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
