/*
 * What a CA's key signs: OpenSSL reads certificates, requests and lists as they were meant, and
 * their signatures hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "keys/aead.h"
#include "keys/ca_key.h"
#include "keys/leaf_key.h"
#include "policy/certificate.h"
#include "policy/certificate_read.h"
#include "policy/identity.h"
#include "policy/public_key.h"
#include "policy/subject.h"
#include "policy/usage.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define NOW 1764064800

static const struct kind {
	const char *type;
	unsigned bits;
	struct ca_key_manner manner;
} kinds[] = {
    {"ec", 224, {0, false}},
    {"ec", 256, {0, false}},
    {"ec", 384, {0, false}},
    {"ec", 521, {0, false}},
    {"ec", 256, {512, false}},
    {"ed25519", 0, {0, false}},
    {"rsa", 2048, {0, false}},
    {"rsa", 2048, {384, false}},
    {"rsa", 2048, {512, false}},
    {"rsa", 2048, {256, true}},
    {"rsa", 2048, {384, true}},
    {"rsa", 2048, {512, true}},
};

struct made {
	struct buf spki, algorithm, name, tbs, signature, whole;
};

static void
clear(struct made *m)
{
	buf_free(&m->spki);
	buf_free(&m->algorithm);
	buf_free(&m->name);
	buf_free(&m->tbs);
	buf_free(&m->signature);
	buf_free(&m->whole);
}

static void
begin(struct made *m, const struct ca_key *key, struct ca_key_manner manner, const char *name)
{
	struct subject subject = {.common_name = str_of(name)};

	memset(m, 0, sizeof(*m));
	ca_key_put_public(key, &m->spki);
	ca_key_put_algorithm(key, manner, &m->algorithm);
	subject_put(&subject, &m->name);
}

static void
sign(struct made *m, const struct ca_key *key, struct ca_key_manner manner)
{
	ca_key_sign(key, manner, buf_str(&m->tbs), &m->signature);
	signed_put(buf_str(&m->tbs), buf_str(&m->algorithm), buf_str(&m->signature), &m->whole);
}

static X509 *
parse(const struct buf *der)
{
	const unsigned char *p = der->data;
	X509 *x = d2i_X509(NULL, &p, (long)der->len);

	assert_non_null(x);
	assert_ptr_equal(p, der->data + der->len);
	return x;
}

/* A root of each kind of key. */
static void
test_roots(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct ca_key *key = ca_key_new(kinds[i].type, kinds[i].bits, NULL);
		struct certificate_view view;
		struct certificate c = {.not_before = NOW,
		    .not_after = NOW + 1000,
		    .is_ca = true,
		    .path_length = 1,
		    .usage = USAGE_CERT_SIGN | USAGE_CRL_SIGN};
		uint8_t serial[SERIAL_BYTES];
		struct made m;
		X509 *x;

		assert_non_null(key);
		begin(&m, key, kinds[i].manner, "a root");
		serial_new(serial);
		c.serial = (struct str){(char *)serial, sizeof(serial)};
		c.algorithm = buf_str(&m.algorithm);
		c.issuer = c.subject = buf_str(&m.name);
		c.spki = c.issuer_spki = buf_str(&m.spki);
		certificate_put(&c, &m.tbs);
		sign(&m, key, kinds[i].manner);
		x = parse(&m.whole);
		assert_int_equal(X509_verify(x, X509_get0_pubkey(x)), 1);
		assert_int_equal(X509_get_extension_flags(x) & EXFLAG_INVALID, 0);
		assert_int_equal(X509_check_ca(x), 1);
		assert_int_equal(X509_get_pathlen(x), 1);
		assert_int_equal(X509_get_key_usage(x), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
		assert_int_equal(X509_check_issued(x, x), X509_V_OK);
		assert_int_equal(certificate_read(buf_str(&m.whole), &view, NULL), 0);
		assert_true(view.is_ca && view.path_length == 1 && view.signs_lists);
		assert_true(str_equal(view.serial, c.serial) && view.key.len == 20);
		assert_int_equal(view.not_after, NOW + 1000);
		assert_true(public_key_signed(view.spki, buf_str(&m.whole)));
		X509_free(x);
		clear(&m);
		ca_key_free(&key);
	}
}

static void
fill_names(struct san *s)
{
	san_add(&s->dns, str_of("a.example"), NULL);
	san_add(&s->dns, str_of("a.example"), NULL);
	san_add(&s->email, str_of("me@a.example"), NULL);
	san_add(&s->uri, str_of("spiffe://na1.example/svc/a"), NULL);
	san_add(&s->address, (struct str){"\x0a\x00\x00\x01", 4}, NULL);
	s->other_type = (struct san_list){1, {str_of("\x2a\x03")}};
	s->other_value = (struct san_list){1, {str_of("x")}};
}

static int
count(X509 *x, int nid)
{
	void *list = X509_get_ext_d2i(x, nid, NULL, NULL);
	int n = list == NULL ? -1 : OPENSSL_sk_num(list);

	if (nid == NID_subject_alt_name)
		GENERAL_NAMES_free(list);
	else if (nid == NID_ext_key_usage)
		EXTENDED_KEY_USAGE_free(list);
	else if (nid == NID_info_access)
		AUTHORITY_INFO_ACCESS_free(list);
	else if (nid == NID_crl_distribution_points)
		CRL_DIST_POINTS_free(list);
	else
		CERTIFICATEPOLICIES_free(list);
	return n;
}

/* A leaf with everything: OpenSSL finds all of it, and it fits the profile of an identity. */
static void
test_leaf(void **unused)
{
	static struct san names;
	struct str url = str_of("http://127.0.0.1/x"), policy = str_of("\x2a\x03\x04");
	struct str purpose = str_of("\x2a\x03\x05");
	struct ca_key *key = ca_key_new("ec", 256, NULL);
	struct leaf_key leaf;
	struct certificate c = {.serial = str_of("\x01\x02"),
	    .not_before = NOW,
	    .not_after = NOW + 1000,
	    .names = &names,
	    .says_leaf = true,
	    .usage = USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT,
	    .purposes = PURPOSE_CLIENT | PURPOSE_SERVER,
	    .more_purposes = {&purpose, 1},
	    .policies = {&policy, 1},
	    .ca_urls = {&url, 1},
	    .crl_urls = {&url, 1},
	    .ocsp_urls = {&url, 1}};
	struct error err = ERROR_INIT;
	struct identity *id;
	struct buf subject = BUF_INIT;
	struct made m;
	X509 *x;

	(void)unused;
	fill_names(&names);
	assert_int_equal(leaf_key_make("ec", 256, LEAF_KEY_PLAIN, &leaf, NULL), 0);
	begin(&m, key, (struct ca_key_manner){0, false}, "a root");
	subject_put(&(struct subject){.common_name = str_of("a.example")}, &subject);
	c.algorithm = buf_str(&m.algorithm);
	c.issuer = buf_str(&m.name);
	c.subject = buf_str(&subject);
	c.spki = buf_str(&leaf.spki);
	c.issuer_spki = buf_str(&m.spki);
	certificate_put(&c, &m.tbs);
	sign(&m, key, (struct ca_key_manner){0, false});
	x = parse(&m.whole);
	assert_int_equal(X509_get_extension_flags(x) & (EXFLAG_INVALID | EXFLAG_CA), 0);
	assert_int_equal(count(x, NID_subject_alt_name), 5);
	assert_int_equal(count(x, NID_ext_key_usage), 3);
	assert_int_equal(count(x, NID_info_access), 2);
	assert_int_equal(count(x, NID_crl_distribution_points), 1);
	assert_int_equal(count(x, NID_certificate_policies), 1);
	assert_true(public_key_signed(buf_str(&m.spki), buf_str(&m.whole)));
	assert_false(public_key_signed(buf_str(&leaf.spki), buf_str(&m.whole)));
	id = identity_read(m.whole.data, m.whole.len, &err);
	if (id == NULL)
		fail_msg("%s", err.text);
	assert_true(str_is(id->id, "spiffe://na1.example/svc/a"));
	identity_free(&id);
	X509_free(x);
	clear(&m);
	buf_free(&subject);
	leaf_key_clear(&leaf);
	ca_key_free(&key);
}

static void
test_request(void **unused)
{
	static struct san names;
	struct ca_key *key = ca_key_new("ec", 384, NULL);
	const unsigned char *p;
	struct made m;
	X509_REQ *r;

	(void)unused;
	fill_names(&names);
	for (int with = 0; with < 2; with++) {
		if (with == 0)
			names = (struct san){.dns = {0, {{NULL, 0}}}};
		else
			fill_names(&names);
		begin(&m, key, (struct ca_key_manner){0, false}, "an intermediate");
		request_put(buf_str(&m.name), buf_str(&m.spki), &names, &m.tbs);
		sign(&m, key, (struct ca_key_manner){0, false});
		p = m.whole.data;
		r = d2i_X509_REQ(NULL, &p, (long)m.whole.len);
		assert_non_null(r);
		assert_int_equal(X509_REQ_verify(r, X509_REQ_get0_pubkey(r)), 1);
		X509_REQ_free(r);
		clear(&m);
	}
	ca_key_free(&key);
}

static void
test_list(void **unused)
{
	struct revoked_entry entries[] = {
	    {str_of("\x01\x02"), NOW}, {str_of("\xff"), NOW - 10}};
	struct ca_key *key = ca_key_new("ec", 256, NULL);
	X509_REVOKED *found = NULL;
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	const unsigned char *p;
	struct made m;
	X509_CRL *crl;

	(void)unused;
	for (size_t n = 0; n <= COUNT(entries); n++) {
		struct revocation_list l = {.this_update = NOW,
		    .next_update = NOW + 60,
		    .number = 1764064800123,
		    .entries = entries,
		    .count = n};

		begin(&m, key, (struct ca_key_manner){0, false}, "a root");
		l.algorithm = buf_str(&m.algorithm);
		l.issuer = buf_str(&m.name);
		l.issuer_spki = buf_str(&m.spki);
		revocation_list_put(&l, &m.tbs);
		sign(&m, key, (struct ca_key_manner){0, false});
		p = m.whole.data;
		crl = d2i_X509_CRL(NULL, &p, (long)m.whole.len);
		assert_non_null(crl);
		assert_ptr_equal(p, m.whole.data + m.whole.len);
		assert_int_equal(
		    sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), n == 0 ? -1 : (int)n);
		ASN1_INTEGER_set_uint64(serial, 0xff);
		assert_int_equal(X509_CRL_get0_by_serial(crl, &found, serial), n == 2);
		X509_CRL_free(crl);
		clear(&m);
	}
	ASN1_INTEGER_free(serial);
	ca_key_free(&key);
}

static void
test_serials(void **unused)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {{"01", true}, {"00:11:22", true}, {"aa-bb", true}, {"AA:bb", true},
	    {"", false}, {"1", false}, {"x", false}, {"aabb", false}, {"aa:", false},
	    {"aa:b", false},
	    {"01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19:20", true},
	    {"01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19:20:21", false}};
	struct buf b = BUF_INIT, text = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(serial_parse(str_of(cases[i].text), &b), cases[i].good);
		assert_true(cases[i].good || b.len == 0);
		buf_clear(&b);
	}
	serial_parse(str_of("0A:ff"), &b);
	serial_format(buf_str(&b), &text);
	assert_true(str_is(buf_str(&text), "0a:ff"));
	buf_free(&text);
	buf_free(&b);
}

/* Wrapped, a key of each kind opens where it belongs, and only there, and signs as before. */
static void
wrap_one(const char *type, unsigned bits)
{
	struct keyring *under = keyring_new(), *other = keyring_new();
	struct ca_key *key = ca_key_new(type, bits, NULL), *back;
	struct ad here, away;
	struct buf wrapped = BUF_INIT, a = BUF_INIT, b = BUF_INIT, signature = BUF_INIT;
	const unsigned char *p;
	EVP_PKEY *public;

	ad_start(&here, "here");
	ad_start(&away, "away");
	ca_key_wrap(key, under, &here, &wrapped);
	back = ca_key_unwrap(under, &here, buf_str(&wrapped), NULL);
	assert_non_null(back);
	ca_key_put_public(key, &a);
	ca_key_put_public(back, &b);
	assert_true(str_equal(buf_str(&a), buf_str(&b)));
	/* What we write of the public half is what OpenSSL reads. */
	p = a.data;
	public = d2i_PUBKEY(NULL, &p, (long)a.len);
	assert_non_null(public);
	assert_ptr_equal(p, a.data + a.len);
	EVP_PKEY_free(public);
	ca_key_sign(back, (struct ca_key_manner){0, false}, str_of("x"), &signature);
	assert_true(signature.len > 0);
	assert_null(ca_key_unwrap(under, &away, buf_str(&wrapped), NULL));
	assert_null(ca_key_unwrap(other, &here, buf_str(&wrapped), NULL));
	ca_key_free(&back);
	ca_key_free(&key);
	buf_free(&signature);
	buf_free(&a);
	buf_free(&b);
	buf_free(&wrapped);
	keyring_free(&under);
	keyring_free(&other);
}

static void
test_wrapped(void **unused)
{
	static char large[1 << 20];
	struct error err = ERROR_INIT;
	struct keyring *under = keyring_new();
	struct secret *text = secret_random(40);
	struct buf wrapped = BUF_INIT;
	struct ad here;

	(void)unused;
	for (size_t i = 0; i < COUNT(kinds); i++)
		wrap_one(kinds[i].type, kinds[i].bits);
	/* What opens, and is no key. */
	ad_start(&here, "here");
	aead_wrap_secret(
	    keyring_key(under, KEYRING_NAMED), here.bytes, here.len, text, &wrapped);
	assert_null(ca_key_unwrap(under, &here, buf_str(&wrapped), NULL));
	assert_null(ca_key_read(str_of("nonsense"), NULL));
	assert_null(ca_key_new("dsa", 2048, NULL));
	assert_null(ca_key_new("ec", 255, NULL));
	assert_null(ca_key_read((struct str){large, sizeof(large)}, &err));
	assert_int_equal(err.code, ERR_INVALID);
	buf_free(&wrapped);
	secret_free(&text);
	keyring_free(&under);
}

/* A leaf's key is handed over in the form that was asked for. */
static void
test_leaf_forms(void **unused)
{
	static const struct {
		const char *type;
		unsigned bits;
		const char *plain;
	} cases[] = {{"ec", 256, "-----BEGIN EC PRIVATE KEY-----"},
	    {"rsa", 2048, "-----BEGIN RSA PRIVATE KEY-----"},
	    {"ed25519", 0, "-----BEGIN PRIVATE KEY-----"}};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int form = LEAF_KEY_PLAIN; form <= LEAF_KEY_PKCS8; form++) {
			struct buf text = BUF_INIT, spki = BUF_INIT;
			struct leaf_key k;
			struct ca_key *back;

			assert_int_equal(leaf_key_make(cases[i].type, cases[i].bits,
					     (enum leaf_key_form)form, &k, NULL),
			    0);
			leaf_key_put_pem(&k, &text);
			assert_true(str_starts(buf_str(&text),
			    form == LEAF_KEY_PLAIN ? cases[i].plain
						   : "-----BEGIN PRIVATE KEY-----"));
			back = ca_key_read(buf_str(&text), NULL);
			assert_non_null(back);
			ca_key_put_public(back, &spki);
			assert_true(str_equal(buf_str(&spki), buf_str(&k.spki)));
			ca_key_free(&back);
			buf_free(&spki);
			buf_free(&text);
			leaf_key_clear(&k);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roots),
	    cmocka_unit_test(test_leaf),
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_serials),
	    cmocka_unit_test(test_wrapped),
	    cmocka_unit_test(test_leaf_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
