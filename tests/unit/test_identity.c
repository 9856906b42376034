/*
 * A leaf certificate is believed to say who its holder is only when all of it is in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/identity.h"
#include "tests/unit/certs.h"

#define ID "spiffe://na1.example/svc/billing"
#define SAN "subjectAltName="
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1

static struct cert *ca;

static int
make_ca(void **state)
{
	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	return 0;
}

static int
drop_ca(void **state)
{
	(void)state;
	certs_free(&ca);
	return 0;
}

/* Each change alone; rule is what the sentence must say, NULL when the leaf is good. */
static const struct {
	struct cert_change change;
	const char *rule;
} changes[] = {
    {{.subject = NULL}, NULL},
    {{.version = 1}, "not of version 3"},
    {{.version = 2}, "not of version 3"},
    {{.version = 4}, "not of version 3"},
    {{.version = 127}, "not of version 3"},
    {{.serial = "1"}, NULL},
    {{.serial = "0"}, "serial"},
    {{.serial = "-1"}, "serial"},
    {{.serial = "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"}, NULL},
    {{.serial = "8000000000000000000000000000000000000000"}, "serial"},
    {{.serial = "010203040506070809101112131415161718192021"}, "serial"},
    {{.from = 100, .until = 100}, NULL},
    {{.from = 100, .until = 99}, "ends before it begins"},
    {{.from = CERTS_DAY * 9000, .until = CERTS_DAY * 9100}, NULL}, /* after 2050 */
    {{.key = "P-384"}, NULL},
    {{.key = "P-521"}, "neither P-256 nor P-384"},
    {{.key = "ED25519"}, NULL},
    {{.key = "ED448"}, "none of P-256"},
    {{.key = "RSA-2048"}, NULL},
    {{.key = "RSA-1024"}, "RSA key"},
    {{.key = "RSA-2040"}, "RSA key"},
    {{.digest = "SHA384"}, NULL},
    {{.digest = "SHA1"}, "signature algorithm"},
    {{.subject = ""}, "subject is empty"},
    {{.with = {SAN "critical,URI:" ID}, .subject = ""}, NULL},
    {{.subject = "a\001b"}, "printable"},
    {{.with = {"basicConstraints="}}, NULL},
    {{.with = {"basicConstraints=CA:FALSE"}}, NULL},
    {{.with = {"basicConstraints=critical,CA:TRUE"}}, "it is a CA's"},
    {{.with = {"basicConstraints=DER:3003010100"}},
	"basicConstraints is malformed"}, /* explicit FALSE */
    {{.with = {"basicConstraints=DER:30060101ff020100"}}, "it is a CA's"},
    {{.with = {"basicConstraints=DER:3003020100"}}, "path length"},
    {{.with = {"basicConstraints=DER:300000"}}, "basicConstraints is malformed"},
    {{.with = {"keyUsage="}}, "no keyUsage"},
    {{.with = {"keyUsage=digitalSignature"}}, "not critical"},
    {{.with = {"keyUsage=critical,keyEncipherment"}}, "lacks digitalSignature"},
    {{.with = {"keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement"}}, NULL},
    {{.with = {"keyUsage=critical,digitalSignature,keyCertSign"}}, "keyCertSign or cRLSign"},
    {{.with = {"keyUsage=critical,digitalSignature,cRLSign"}}, "keyCertSign or cRLSign"},
    {{.with = {"keyUsage=critical,digitalSignature,keyAgreement,decipherOnly"}}, NULL},
    {{.with = {"keyUsage=critical,DER:030100"}}, "lacks digitalSignature"},
    {{.with = {"keyUsage=critical,DER:03020080"}},
	"keyUsage is malformed"}, /* zero bits at the end */
    {{.with = {"keyUsage=critical,DER:0304058000a0"}}, "keyUsage is malformed"},
    {{.with = {"keyUsage=critical,DER:0302078000"}}, "keyUsage is malformed"},
    {{.with = {"extendedKeyUsage="}}, NULL},
    {{.with = {"extendedKeyUsage=clientAuth"}}, NULL},
    {{.with = {"extendedKeyUsage=critical,clientAuth"}}, NULL},
    {{.with = {"extendedKeyUsage=serverAuth"}}, "lacks clientAuth"},
    {{.with = {"extendedKeyUsage=anyExtendedKeyUsage"}}, "lacks clientAuth"},
    {{.with = {"extendedKeyUsage=clientAuth,anyExtendedKeyUsage"}}, NULL},
    {{.with = {"extendedKeyUsage=DER:3000"}}, "extendedKeyUsage is malformed"},
    {{.with = {"extendedKeyUsage=DER:300a06082b060105050703020500"}},
	"extendedKeyUsage is malformed"},
    {{.with = {SAN}}, "no URI name"},
    {{.with = {SAN "DNS:billing"}}, "no URI name"},
    {{.with = {SAN "DNS:billing,URI:" ID ",email:a@b.c,IP:10.0.0.1"}}, NULL},
    {{.with = {SAN "URI:" ID ",URI:" ID}}, "two URI names"},
    {{.with = {SAN "URI:" ID ",URI:https://na1.example/"}}, "two URI names"},
    {{.with = {SAN "URI:https://na1.example/svc"}}, "does not begin with spiffe://"},
    {{.with = {SAN "URI:spiffe://na1.example"}}, "no path"},
    {{.with = {SAN "DER:3000"}}, "subjectAltName is malformed"},
    {{.with = {SAN "DER:30158613"
		   "7370696666653a2f2f612e622f73"
		   "76632f626c"}},
	NULL},
    {{.with = {SAN "DER:30158613"
		   "7370696666653a2f2f612e622f73"
		   "76632f626c00"}},
	"subjectAltName is malformed"}, /* bytes behind it */
    {{.with = {SAN "DER:30158613"
		   "7370696666653a2f2f612e622f73"
		   "76632f6200"}},
	"not printable ASCII"}, /* a NUL at the end */
    {{.with = {SAN "DER:30158613"
		   "7370696666653a2f2f612e622f73"
		   "76632f62c3"}},
	"not printable ASCII"},
    {{.with = {SAN "DER:3081158613"
		   "7370696666653a2f2f612e622f73"
		   "76632f626c"}},
	"subjectAltName is malformed"}, /* BER length */
    {{.with = {SAN "DER:3015a613"
		   "7370696666653a2f2f612e622f73"
		   "76632f626c"}},
	"subjectAltName is malformed"}, /* constructed */
    {{.with = {SAN "DER:30178913"
		   "7370696666653a2f2f612e622f73"
		   "76632f626c8900"}},
	"subjectAltName is malformed"}, /* no such name */
    {{.with = {"1.2.3.4=DER:0c0161"}}, NULL},
    {{.with = {"1.2.3.4=critical,DER:0c0161"}}, "critical extension"},
    {{.with = {"1.2.3.4=DER:0c0161", "1.2.3.4=DER:0c0162"}}, "occurs twice"},
    {{.with = {"+keyUsage=critical,digitalSignature"}}, "occurs twice"},
    {{.with = {"nameConstraints=critical,permitted;URI:na1.example"}}, "critical extension"},
    {{.with = {"subjectKeyIdentifier=DER:040161"}}, NULL},
    {{.with = {"subjectKeyIdentifier=critical,DER:040161"}}, "critical extension"},
    {{.with = {"subjectKeyIdentifier=DER:04016100"}}, "subjectKeyIdentifier is malformed"},
    {{.with = {"authorityKeyIdentifier=DER:3000"}}, NULL},
    {{.with = {"authorityKeyIdentifier=DER:30028300"}}, "authorityKeyIdentifier is malformed"},
};

static void
holds_the_profile(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct error err = ERROR_INIT;
		struct cert *leaf = certs_leaf(ID, ca, &changes[i].change);
		struct identity *id = identity_read(leaf->der.data, leaf->der.len, &err);

		if ((id != NULL) != (changes[i].rule == NULL))
			fail_msg("change %zu: %s", i, id != NULL ? "accepted" : err.text);
		if (id == NULL && strstr(err.text, changes[i].rule) == NULL)
			fail_msg("change %zu: refused for \"%s\"", i, err.text);
		if (id == NULL)
			assert_int_equal(err.code, ERR_INVALID);
		identity_free(&id);
		certs_free(&leaf);
	}
}

/* Edits that no certificate maker makes: bytes put in place of others, lengths set right. */
static const struct {
	const char *find; /* where */
	size_t find_len;
	size_t skip, remove; /* bytes from there on */
	const char *insert;
	size_t insert_len;
	const char *rule;
} edits[] = {
    /* What is found replaced by itself changes nothing. */
    {BYTES("\x02\x01\x02\x02"), 0, 3, BYTES("\x02\x01\x02"), NULL},
    {BYTES("\x02\x01\x02\x02"), 0, 3, BYTES("\x02\x02\x00\x02"), "not of version 3"},
    {BYTES("\x02\x01\x02\x02"), 0, 3, BYTES("\x02\x81\x01\x02"), "not of version 3"},
    {BYTES("\x02\x01\x02\x02"), 0, 3, BYTES("\x02\x01\x02\x05\x00"), "not of version 3"},
    {BYTES("\x02\x02\x77\x77"), 0, 4, BYTES("\x02\x03\x00\x77\x77"), "serial"},
    {BYTES("\x02\x02\x77\x77"), 0, 4, BYTES("\x02\x00"), "serial"},
    {BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), 0, 10,
	BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"), "signature algorithms differ"},
    {BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), 0, 10,
	BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"),
	"signature algorithms differ"},
    {BYTES("\x06\x03\x55\x04\x03\x0c\x06"
	   "na1 CA"),
	0, 5, BYTES("\x06\x03\x55\x80\x03"), "a name is malformed"},
    {BYTES("\x0c\x06"
	   "na1 CA"),
	0, 8,
	BYTES("\x0c\x06"
	      "na1 CA"
	      "\x05\x00"),
	"a name is malformed"},
    {BYTES("\x0c\x06"
	   "na1 CA"),
	0, 8, BYTES(""), "a name is malformed"},
    {BYTES("\x0c\x04"
	   "leaf"),
	0, 6,
	BYTES("\x1e\x04"
	      "leaf"),
	"not printable UTF-8"},
    {BYTES("\x0c\x04"
	   "leaf"),
	0, 6, BYTES("\x13\x00"), NULL},
    {BYTES("\x0c\x04"
	   "leaf"),
	0, 6,
	BYTES("\x0c\x03"
	      "a\0b"),
	"not printable UTF-8"},
    {BYTES("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	   "leaf"),
	0, 15,
	BYTES("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	      "leaf"
	      "\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	      "leaf"),
	"two common names"},
    {BYTES("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	   "leaf"),
	0, 15, BYTES("\x31\x00"), "a name is malformed"},
    {BYTES("\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	   "leaf"),
	0, 13,
	BYTES("\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	      "leaf"
	      "\x30\x08\x06\x03\x55\x04\x0b\x0c\x01"
	      "u"),
	"a name is malformed"}, /* SET OF order */
    {BYTES("\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	   "leaf"),
	0, 13,
	BYTES("\x30\x08\x06\x03\x55\x04\x0b\x0c\x01"
	      "u"
	      "\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
	      "leaf"),
	NULL},
    {BYTES("\x17\x0d"
	   "2701"),
	0, 15,
	BYTES("\x17\x0b"
	      "2701140800Z"),
	"validity"},
    {BYTES("\x17\x0d"
	   "2701"),
	0, 15,
	BYTES("\x18\x0f"
	      "20270114080000Z"),
	"validity"},
    {BYTES("\x17\x0d"
	   "2701"),
	0, 15,
	BYTES("\x17\x0d"
	      "270114080000Z"),
	NULL},
    {BYTES("\x03\x42\x00\x04"), 3, 1, BYTES("\x02"), "uncompressed point"},
    {BYTES("\x03\x42\x00\x04"), 2, 1, BYTES("\x01"), "public key is malformed"},
    {BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), 0, 10,
	BYTES("\x06\x05\x2b\x81\x04\x00\x0a"), "neither P-256 nor P-384"},
    {BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), 0, 10, BYTES("\x05\x00"),
	"curve is not named"},
    {BYTES("\x30\x0c\x06\x03\x55\x1d\x13\x01\x01\xff"), 0, 10, BYTES(""), "malformed"},
    {BYTES("\x06\x03\x55\x1d\x13\x01\x01\xff"), 5, 3, BYTES("\x01\x01\x00"),
	"malformed extensions"},
    {BYTES("\x06\x03\x55\x1d\x13\x01\x01\xff"), 5, 3, BYTES("\x01\x01\x01"),
	"malformed extensions"},
    {BYTES("\x06\x03\x55\x1d\x13\x01\x01\xff"), 5, 3, BYTES(""), NULL},
};

static void
walks_all_of_it(void **state)
{
	static const struct cert_change change = {.serial = "7777"};
	struct cert *leaf = certs_leaf(ID, ca, &change);

	(void)state;
	for (size_t i = 0; i < COUNT(edits); i++) {
		struct error err = ERROR_INIT;
		struct buf der = BUF_INIT;
		struct identity *id;

		buf_put(&der, leaf->der.data, leaf->der.len);
		certs_splice(&der,
		    certs_find(&der, edits[i].find, edits[i].find_len) + edits[i].skip,
		    edits[i].remove, edits[i].insert, edits[i].insert_len);
		id = identity_read(der.data, der.len, &err);
		if ((id != NULL) != (edits[i].rule == NULL) ||
		    (id == NULL && strstr(err.text, edits[i].rule) == NULL))
			fail_msg("edit %zu: %s", i, id != NULL ? "accepted" : err.text);
		identity_free(&id);
		buf_free(&der);
	}
	certs_free(&leaf);
}

/* Keys of other kinds: the bytes at the end of what is found, replaced by as many others. */
static void
walks_other_keys(void **state)
{
	static const struct {
		const char *key, *find, *insert;
		size_t skip, remove, len;
		const char *rule;
	} keys[] = {
	    {"ED25519", "\x03\x21", "", 4, 1, 0, "none of P-256"},
	    {"P-256", "\x03\x42", "", 5, 1, 0, "uncompressed point"},
	    {"RSA-2048", "\x02\x03\x01", "\x02", 4, 1, 1, "unfit exponent"},
	    {"RSA-2048", "\x02\x03\x01", "\x03", 4, 1, 1, NULL},
	    {"RSA-2048", "\x02\x03\x01", "\x05", 0, 1, 1, "RSA key is malformed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct cert_change change = {.key = keys[i].key, .serial = "7777"};
		struct cert *leaf = certs_leaf(ID, ca, &change);
		size_t at = certs_find(&leaf->der, keys[i].find, strlen(keys[i].find));
		struct error err = ERROR_INIT;
		struct identity *id;

		certs_splice(
		    &leaf->der, at + keys[i].skip, keys[i].remove, keys[i].insert, keys[i].len);
		id = identity_read(leaf->der.data, leaf->der.len, &err);
		if ((id != NULL) != (keys[i].rule == NULL) ||
		    (id == NULL && strstr(err.text, keys[i].rule) == NULL))
			fail_msg("key %zu: %s", i, id != NULL ? "accepted" : err.text);
		identity_free(&id);
		certs_free(&leaf);
	}
}

/* An element more behind the last of a SEQUENCE: of the key's, of all the fields. */
static void
takes_nothing_behind(void **state)
{
	static const struct {
		const char *find;
		size_t find_len, before;
	} lasts[] = {
	    {BYTES("\x03\x42\x00\x04"), 0},
	    {BYTES("\x30\x0c\x06\x03\x55\x1d\x13"), 6}, /* a3 81 xx 30 81 xx */
	};
	struct cert *leaf = certs_leaf(ID, ca, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(lasts); i++) {
		struct buf der = BUF_INIT, last = BUF_INIT;
		size_t at =
		    certs_find(&leaf->der, lasts[i].find, lasts[i].find_len) - lasts[i].before;
		const uint8_t *p = leaf->der.data + at;
		size_t len = p[1] == 0x81 ? 3u + p[2] : 2u + p[1];

		buf_put(&der, leaf->der.data, leaf->der.len);
		buf_put(&last, p, len);
		certs_splice(&der, at, len, last.data, last.len);
		assert_memory_equal(der.data, leaf->der.data, der.len);
		buf_put(&last, "\x05\x00", 2);
		certs_splice(&der, at, len, last.data, last.len);
		assert_null(identity_read(der.data, der.len, NULL));
		buf_free(&last);
		buf_free(&der);
	}
	certs_free(&leaf);
}

/* The frame's own edges: cut anywhere, bytes behind it, no extensions, an empty list, ids. */
static void
ends_where_it_ends(void **state)
{
	struct cert *leaf = certs_leaf(ID, ca, NULL);
	static const char unique[] = "\x81\x02\x00\x01";
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT;
	struct identity *id;
	size_t at;

	(void)state;
	for (size_t len = 0; len < leaf->der.len; len++)
		assert_null(identity_read(leaf->der.data, len, NULL));
	buf_put(&der, leaf->der.data, leaf->der.len);
	buf_put_u8(&der, 0);
	assert_null(identity_read(der.data, der.len, NULL));
	der.len--;
	id = identity_read(der.data, der.len, NULL);
	assert_non_null(id);
	identity_free(&id);

	at = certs_find(&der, "\x30\x0c\x06\x03\x55\x1d\x13", 7) - 6; /* a3 81 xx 30 81 xx */
	certs_splice(&der, at, 0, unique, sizeof(unique) - 1);
	assert_null(identity_read(der.data, der.len, NULL));
	certs_splice(&der, at, sizeof(unique) - 1, "", 0);
	id = identity_read(der.data, der.len, NULL);
	assert_non_null(id);
	identity_free(&id);
	certs_splice(&der, at, (size_t)der.data[at + 2] + 3, "\xa3\x02\x30\x00", 4);
	assert_null(identity_read(der.data, der.len, &err));
	assert_non_null(strstr(err.text, "empty list"));
	certs_splice(&der, certs_find(&der, "\xa3\x02\x30\x00", 4), 4, "", 0);
	assert_null(identity_read(der.data, der.len, NULL));
	buf_free(&der);
	certs_free(&leaf);
}

static void
assert_str(struct str got, const char *text)
{
	if (!str_is(got, text))
		fail_msg("\"%.*s\" is not \"%s\"", STR(got), text);
}

static void
fills_every_field(void **state)
{
	static const struct cert_change change = {
	    .with = {SAN "URI:" ID ",DNS:a.example,DNS:b.example,email:x@y.example",
		"1.2.3.4=DER:0c0474657874", "1.2.3.5=DER:020105",
		"subjectKeyIdentifier=DER:0403aabb0c"},
	    .serial = "12345678901234567890ABCDEF",
	    .subject = "Billing Größe"};
	struct cert *leaf = certs_leaf(ID, ca, &change);
	struct identity *id = identity_read(leaf->der.data, leaf->der.len, NULL), *other;
	uint8_t digest[32];

	(void)state;
	assert_non_null(id);
	assert_str(id->id, ID);
	assert_str(id->trust_domain, "na1.example");
	assert_str(id->path, "/svc/billing");
	assert_str(id->common_name, "Billing Größe");
	assert_int_equal(id->dns.count, 2);
	assert_str(id->dns.names[1], "b.example");
	assert_int_equal(id->email.count, 1);
	assert_str(id->email.names[0], "x@y.example");
	assert_int_equal(id->uri.count, 1);
	assert_str(id->uri.names[0], ID);
	assert_int_equal(id->units.count, 0);
	assert_int_equal(id->extension_count, 2);
	assert_str(id->extensions[0].oid, "1.2.3.4");
	assert_str(id->extensions[0].value, "text");
	assert_str(id->extensions[1].oid, "1.2.3.5");
	assert_str(id->extensions[1].value, "\x02\x01\x05");
	assert_str(id->serial, "1442304682729575737805400428015");
	assert_str(id->serial_hex, "12:34:56:78:90:12:34:56:78:90:ab:cd:ef");
	assert_str(id->subject_key, "aa:bb:0c");
	assert_int_equal(id->authority_key.len, 59);
	assert_int_equal(id->not_before, CERTS_NOW - CERTS_DAY);
	assert_int_equal(id->not_after, CERTS_NOW + CERTS_DAY);
	assert_int_equal(X509_digest(leaf->x509, EVP_sha256(), digest, NULL), 1);
	assert_memory_equal(id->fingerprint, digest, sizeof(digest));
	other = identity_share(id);
	identity_free(&id);
	assert_null(id);
	assert_str(other->id, ID);
	identity_free(&other);
	certs_free(&leaf);
}

static void
caps_the_lists(void **state)
{
	(void)state;
	for (unsigned n = IDENTITY_NAMES; n <= IDENTITY_NAMES + 1; n++) {
		struct buf san = BUF_INIT;
		struct cert_change change = {.subject = NULL};
		struct cert *leaf;
		struct identity *id;

		buf_put_text(&san, SAN "URI:" ID);
		for (unsigned i = 0; i < n; i++)
			buf_put_text(&san, ",DNS:a.example");
		buf_put_u8(&san, 0);
		change.with[0] = (const char *)san.data;
		leaf = certs_leaf(ID, ca, &change);
		id = identity_read(leaf->der.data, leaf->der.len, NULL);
		assert_int_equal(id != NULL, n == IDENTITY_NAMES);
		identity_free(&id);
		certs_free(&leaf);
		buf_free(&san);
	}
}

static const struct {
	const char *id;
	bool good;
} ids[] = {
    {"spiffe://na1.example/svc/billing", true},
    {"spiffe://a/b", true},
    {"spiffe://0-_.a/B-_.9", true},
    {"spiffe://na1.example/...", true},
    {"spiffe://na1.example", false},
    {"spiffe://na1.example/", false},
    {"spiffe://na1.example//a", false},
    {"spiffe://na1.example/a/", false},
    {"spiffe://na1.example/a//b", false},
    {"spiffe://na1.example/./a", false},
    {"spiffe://na1.example/a/..", false},
    {"spiffe:///a", false},
    {"spiffe://NA1.example/a", false},
    {"SPIFFE://na1.example/a", false},
    {"spiffe:/na1.example/a", false},
    {"https://na1.example/a", false},
    {"spiffe://u@na1.example/a", false},
    {"spiffe://na1.example:8443/a", false},
    {"spiffe://na1%2eexample/a", false},
    {"spiffe://[::1]/a", false},
    {"spiffe://na1.example/a%41", false},
    {"spiffe://na1.example/a?", false},
    {"spiffe://na1.example/a?x", false},
    {"spiffe://na1.example/a#", false},
    {"spiffe://na1.example?/a", false},
    {"spiffe://na1.example/a b", false},
    {"spiffe://na1.example/a\n", false},
    {"spiffe://na1.example/\xc3\xa4", false},
    {"spiffe://na1.example/a*", false},
    {"spiffe://na1.example/a+", false},
    {"", false},
};

static void
knows_spiffe_ids(void **state)
{
	char text[SPIFFE_ID_MAX + 2];
	struct str id = {text, SPIFFE_ID_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct error err = ERROR_INIT;

		if ((spiffe_check(str_of(ids[i].id), &err) == 0) != ids[i].good)
			fail_msg("%s: %s", ids[i].id, ids[i].good ? err.text : "accepted");
		assert_int_equal(err.code, ids[i].good ? ERR_NONE : ERR_INVALID);
	}
	memset(text, 'a', sizeof(text));
	memcpy(text, "spiffe://na1.example/", 21);
	assert_int_equal(spiffe_check(id, NULL), 0);
	id.len++;
	assert_int_equal(spiffe_check(id, NULL), -1);
	memset(text, 'a', sizeof(text));
	memcpy(text, "spiffe://", 9);
	text[9 + 255] = '/';
	assert_int_equal(spiffe_check(id = (struct str){text, 300}, NULL), 0);
	text[9 + 255] = 'a';
	text[9 + 256] = '/';
	assert_int_equal(spiffe_check(id, NULL), -1);
	assert_int_equal(spiffe_check_domain((struct str){text, 0}, NULL), -1);
}

static void
reads_the_longest_id(void **state)
{
	char text[SPIFFE_ID_MAX + 2] = "spiffe://na1.example/";

	(void)state;
	for (size_t len = SPIFFE_ID_MAX; len <= SPIFFE_ID_MAX + 1; len++) {
		struct cert *leaf;
		struct identity *id;

		memset(text + 21, 'x', len - 21);
		text[len] = '\0';
		leaf = certs_leaf(text, ca, NULL);
		id = identity_read(leaf->der.data, leaf->der.len, NULL);
		assert_int_equal(id != NULL, len == SPIFFE_ID_MAX);
		if (id != NULL)
			assert_str(id->id, text);
		identity_free(&id);
		certs_free(&leaf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_the_profile),
	    cmocka_unit_test(walks_all_of_it),
	    cmocka_unit_test(walks_other_keys),
	    cmocka_unit_test(takes_nothing_behind),
	    cmocka_unit_test(ends_where_it_ends),
	    cmocka_unit_test(fills_every_field),
	    cmocka_unit_test(caps_the_lists),
	    cmocka_unit_test(knows_spiffe_ids),
	    cmocka_unit_test(reads_the_longest_id),
	};

	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
