/*
 * A chain is believed only when it leads to this Hublet's CA, now, and says so in every part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include "policy/certificate_read.h"
#include "policy/revoked_set.h"
#include "policy/trust.h"
#include "tests/unit/certs.h"

#define DOMAIN "na1.example"
#define ID "spiffe://na1.example/svc/billing"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct cert *ca, *twin; /* twin: same name, another key */
static struct trust *trust;

static struct trust *
trust_of(const struct cert *c, const struct buf *crl, struct error *err)
{
	struct buf pem = BUF_INIT;
	struct str none = {NULL, 0};
	struct trust *t;

	certs_pem(&pem, c);
	t = trust_new(buf_str(&pem), crl != NULL ? buf_str(crl) : none, DOMAIN, err);
	buf_free(&pem);
	return t;
}

static int
set_up(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	twin = certs_ca("na1 CA", NULL, NULL);
	trust = trust_of(ca, NULL, &err);
	return trust == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	trust_free(&trust);
	certs_free(&ca);
	certs_free(&twin);
	return 0;
}

struct answer {
	enum error_code code; /* ERR_NONE: good */
	int alert;
	const char *text;
};

static const struct answer good = {ERR_NONE, 0, ""};

/* Ask twice: a verdict that is remembered is the same verdict. */
static void
expect(struct trust *t, struct chain chain, int64_t now, struct answer answer, size_t row)
{
	for (int i = 0; i < 2; i++) {
		struct error err = ERROR_INIT;
		int alert = 0;
		struct identity *id = trust_verify(t, &chain, now, &alert, &err);

		if ((id != NULL) != (answer.code == ERR_NONE))
			fail_msg("row %zu: %s", row, id != NULL ? "accepted" : err.text);
		if (id != NULL)
			assert_true(str_equal(id->trust_domain, str_of(DOMAIN)));
		else if (err.code != answer.code || alert != answer.alert ||
			 strstr(err.text, answer.text) == NULL)
			fail_msg("row %zu: code %d, alert %d, \"%s\"", row, err.code, alert,
			    err.text);
		identity_free(&id);
		error_clear(&err);
		assert_int_equal(
		    trust_recheck(t, &chain, now, &err) == 0, answer.code == ERR_NONE);
	}
}

/* A leaf alone. */
static const struct {
	const char *id;
	struct cert_change change;
	struct answer answer;
} leaves[] = {
    {ID, {.subject = NULL}, {ERR_NONE, 0, ""}},
    {ID, {.key = "P-384"}, {ERR_NONE, 0, ""}},
    {ID, {.key = "ED25519"}, {ERR_NONE, 0, ""}},
    {ID, {.key = "RSA-2048"}, {ERR_NONE, 0, ""}},
    {ID, {.key = "RSA-1024"}, {ERR_INVALID, 42, "RSA key"}},
    {ID, {.key = "P-521"}, {ERR_INVALID, 42, "curve"}},
    {ID, {.digest = "SHA1"}, {ERR_INVALID, 42, "signature algorithm"}},
    {ID, {.until = -1}, {ERR_DENIED, 45, "expired"}},
    {ID, {.from = 1}, {ERR_DENIED, 45, "not yet valid"}},
    {ID, {.version = 1}, {ERR_INVALID, 42, "version"}},
    {ID, {.serial = "0"}, {ERR_INVALID, 42, "serial"}},
    {ID, {.serial = "-5"}, {ERR_INVALID, 42, "serial"}},
    {ID, {.serial = "010203040506070809101112131415161718192021"}, {ERR_INVALID, 42, "serial"}},
    {ID, {.with = {"extendedKeyUsage="}}, {ERR_NONE, 0, ""}},
    {ID, {.with = {"extendedKeyUsage=serverAuth"}}, {ERR_INVALID, 42, "clientAuth"}},
    {ID, {.with = {"extendedKeyUsage=anyExtendedKeyUsage"}}, {ERR_INVALID, 42, "clientAuth"}},
    {ID, {.with = {"basicConstraints=critical,CA:TRUE"}}, {ERR_INVALID, 42, "a CA's"}},
    {ID, {.with = {"keyUsage="}}, {ERR_INVALID, 42, "keyUsage"}},
    {ID, {.with = {"keyUsage=critical,digitalSignature,keyCertSign"}},
	{ERR_INVALID, 42, "keyCertSign"}},
    {ID, {.with = {"subjectAltName=URI:" ID ",URI:" ID "2"}}, {ERR_INVALID, 42, "two URI"}},
    {ID, {.with = {"subjectAltName="}}, {ERR_INVALID, 42, "no URI"}},
    {ID, {.with = {"1.2.3=DER:0500", "1.2.3=DER:0500"}}, {ERR_INVALID, 42, "twice"}},
    {ID, {.with = {"1.2.3=critical,DER:0500"}}, {ERR_INVALID, 42, "critical"}},
    {"spiffe://eu1.example/svc/billing", {.subject = NULL},
	{ERR_FOREIGN, 48, "eu1.example, not of na1.example"}},
    {"spiffe://na1.example.com/svc/billing", {.subject = NULL}, {ERR_FOREIGN, 48, "domain"}},
    {"spiffe://sub.na1.example/svc/billing", {.subject = NULL}, {ERR_FOREIGN, 48, "domain"}},
};

static void
judges_a_leaf(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(leaves); i++) {
		struct cert *leaf = certs_leaf(leaves[i].id, ca, &leaves[i].change);

		expect(trust, certs_chain(leaf, NULL), CERTS_NOW, leaves[i].answer, i);
		certs_free(&leaf);
	}
}

/* Another CA, with our name or its own; a leaf that signed itself; a signature that is not one.
 */
static void
refuses_other_issuers(void **state)
{
	struct cert *other = certs_ca("eu1 CA", NULL, NULL);
	const struct {
		const struct cert *issuer;
		struct answer answer;
	} issuers[] = {
	    {ca, {ERR_NONE, 0, ""}},
	    {other, {ERR_FOREIGN, SSL_AD_UNKNOWN_CA, "not known"}},
	    {twin, {ERR_FOREIGN, SSL_AD_UNKNOWN_CA, "not known"}},
	    {NULL, {ERR_FOREIGN, SSL_AD_UNKNOWN_CA, "self-signed"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(issuers); i++) {
		struct cert *leaf = certs_leaf(ID, issuers[i].issuer, NULL);

		expect(trust, certs_chain(leaf, NULL), CERTS_NOW, issuers[i].answer, i);
		if (issuers[i].issuer == other)
			expect(trust, certs_chain(leaf, other, NULL), CERTS_NOW,
			    (struct answer){
				ERR_FOREIGN, SSL_AD_UNKNOWN_CA, "of a CA that is not"},
			    i);
		certs_free(&leaf);
	}
	certs_free(&other);
}

/* Whatever key our CA has, and each way in which it may sign. */
static void
judges_signatures(void **state)
{
	static const struct {
		const char *key, *digest;
		struct answer answer;
	} signers[] = {
	    {"P-384", "SHA384", {ERR_NONE, 0, ""}},
	    {"P-521", "SHA512", {ERR_NONE, 0, ""}},
	    {"P-384", "SHA224", {ERR_INVALID, 42, "signature algorithm"}},
	    {"ED25519", NULL, {ERR_NONE, 0, ""}},
	    {"RSA-2048", "SHA256", {ERR_NONE, 0, ""}},
	    {"RSA-2048", "SHA512", {ERR_NONE, 0, ""}},
	    {"RSA-2048", "SHA1", {ERR_INVALID, 42, "signature algorithm"}},
	    {"RSA-2048", "MD5", {ERR_INVALID, 42, "signature algorithm"}},
	    {"RSA-2048", "PSS-SHA256", {ERR_NONE, 0, ""}},
	    {"RSA-2048", "PSS-SHA384", {ERR_NONE, 0, ""}},
	    {"RSA-2048", "PSS-SHA1", {ERR_INVALID, 42, "signature algorithm"}},
	    {"RSA-2048", "PSS-SHA224", {ERR_INVALID, 42, "signature algorithm"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(signers); i++) {
		struct cert_change key = {.key = signers[i].key},
				   digest = {.digest = signers[i].digest};
		struct cert *signer = certs_ca("signer", NULL, &key);
		struct cert *leaf = certs_leaf(ID, signer, &digest);
		struct trust *t = trust_of(signer, NULL, NULL);

		assert_non_null(t);
		expect(t, certs_chain(leaf, NULL), CERTS_NOW, signers[i].answer, i);
		trust_free(&t);
		certs_free(&leaf);
		certs_free(&signer);
	}
}

/* The intermediate between our CA and a good leaf. */
static const struct {
	struct cert_change change;
	struct answer answer;
} intermediates[] = {
    {{.subject = NULL}, {ERR_NONE, 0, ""}},
    {{.key = "P-521"}, {ERR_NONE, 0, ""}},
    {{.key = "RSA-1024"}, {ERR_INVALID, 43, "issuer's key is too short"}},
    {{.digest = "SHA1"}, {ERR_INVALID, 43, "digest is too weak"}},
    {{.until = -1}, {ERR_DENIED, 45, "certificate 2 of the chain: it has expired"}},
    {{.from = 1}, {ERR_DENIED, 45, "not yet valid"}},
    {{.version = 1,
	 .with = {"basicConstraints=", "keyUsage=", "subjectKeyIdentifier=",
	     "authorityKeyIdentifier="}},
	{ERR_INVALID, 42, ""}},
    {{.with = {"basicConstraints="}}, {ERR_INVALID, 42, ""}},
    {{.with = {"basicConstraints=critical,CA:FALSE"}}, {ERR_INVALID, 42, ""}},
    {{.with = {"keyUsage="}}, {ERR_INVALID, 42, "keyCertSign"}},
    {{.with = {"keyUsage=critical,cRLSign"}}, {ERR_INVALID, 42, ""}},
    {{.with = {"basicConstraints=critical,CA:TRUE,pathlen:0"}}, {ERR_NONE, 0, ""}},
    {{.with = {"extendedKeyUsage=clientAuth"}}, {ERR_NONE, 0, ""}},
    {{.with = {"extendedKeyUsage=serverAuth"}}, {ERR_INVALID, 43, "not for TLS clients"}},
    {{.with = {"1.2.3=critical,DER:0500"}}, {ERR_INVALID, 42, ""}},
    {{.with = {"subjectAltName=URI:spiffe://na1.example"}}, {ERR_NONE, 0, ""}},
    {{.with = {"subjectAltName=URI:spiffe://na1.example/"}}, {ERR_INVALID, 42, "has no path"}},
    {{.with = {"subjectAltName=URI:spiffe://na1.example/ca"}},
	{ERR_INVALID, 42, "has no path"}},
    {{.with = {"subjectAltName=URI:SPIFFE://na1.example"}}, {ERR_INVALID, 42, "malformed"}},
    {{.with = {"subjectAltName=URI:spiffe://eu1.example"}},
	{ERR_FOREIGN, 42, "another trust domain"}},
    {{.with = {"subjectAltName=URI:https://na1.example/ca"}}, {ERR_NONE, 0, ""}},
    /* URI constraints hold the trust domain, the host of a SPIFFE ID. */
    {{.with = {"nameConstraints=critical,permitted;URI:na1.example"}}, {ERR_NONE, 0, ""}},
    {{.with = {"nameConstraints=critical,permitted;URI:.example"}}, {ERR_NONE, 0, ""}},
    {{.with = {"nameConstraints=critical,permitted;URI:eu1.example"}},
	{ERR_INVALID, 42, "permitted"}},
    {{.with = {"nameConstraints=critical,permitted;URI:.na1.example"}},
	{ERR_INVALID, 42, "permitted"}},
    {{.with = {"nameConstraints=critical,excluded;URI:na1.example"}},
	{ERR_INVALID, 42, "excluded"}},
    {{.with = {"nameConstraints=critical,excluded;URI:.example"}},
	{ERR_INVALID, 42, "excluded"}},
    {{.with = {"nameConstraints=critical,excluded;URI:eu1.example"}}, {ERR_NONE, 0, ""}},
    {{.with = {"nameConstraints=permitted;URI:eu1.example"}}, {ERR_INVALID, 42, "permitted"}},
    {{.with = {"nameConstraints=critical,permitted;DNS:na1.example"}}, {ERR_NONE, 0, ""}},
};

static void
judges_intermediates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(intermediates); i++) {
		struct cert *middle = certs_ca("na1 issuing", ca, &intermediates[i].change);
		struct cert *leaf = certs_leaf(ID, middle, NULL);

		expect(trust, certs_chain(leaf, middle, NULL), CERTS_NOW,
		    intermediates[i].answer, i);
		expect(trust, certs_chain(leaf, middle, ca, NULL), CERTS_NOW,
		    intermediates[i].answer, i);
		expect(trust, certs_chain(leaf, NULL), CERTS_NOW,
		    (struct answer){ERR_FOREIGN, SSL_AD_UNKNOWN_CA, "not known"}, i);
		certs_free(&leaf);
		certs_free(&middle);
	}
}

static void
obeys_path_lengths(void **state)
{
	static const struct cert_change zero = {
	    .with = {"basicConstraints=critical,CA:TRUE,pathlen:0"}};
	struct cert *one = certs_ca("one", ca, &zero), *two = certs_ca("two", one, NULL);
	struct cert *leaf = certs_leaf(ID, two, NULL), *free_one, *free_two, *free_leaf;

	(void)state;
	expect(trust, certs_chain(leaf, two, one, NULL), CERTS_NOW,
	    (struct answer){ERR_INVALID, SSL_AD_BAD_CERTIFICATE, "path length"}, 0);
	free_one = certs_ca("one", ca, NULL);
	free_two = certs_ca("two", free_one, NULL);
	free_leaf = certs_leaf(ID, free_two, NULL);
	expect(trust, certs_chain(free_leaf, free_two, free_one, NULL), CERTS_NOW, good, 1);
	certs_free(&one);
	certs_free(&two);
	certs_free(&leaf);
	certs_free(&free_one);
	certs_free(&free_two);
	certs_free(&free_leaf);
}

/* A leaf that issues is no issuer, whatever it signs. */
static void
refuses_leaves_as_issuers(void **state)
{
	struct cert *leaf = certs_leaf(ID, ca, NULL);
	struct cert *below = certs_leaf("spiffe://na1.example/operator/root", leaf, NULL);
	struct error err = ERROR_INIT;
	struct chain chain = certs_chain(below, leaf, NULL);

	(void)state;
	assert_null(trust_verify(trust, &chain, CERTS_NOW, NULL, &err));
	certs_free(&below);
	certs_free(&leaf);
}

/* Of the bundle each certificate is an anchor: an intermediate there does not bring its root.
 */
static void
anchors_an_intermediate(void **state)
{
	struct cert *middle = certs_ca("na1 issuing", ca, NULL);
	struct cert *inside = certs_leaf(ID, middle, NULL), *beside = certs_leaf(ID, ca, NULL);
	struct trust *t = trust_of(middle, NULL, NULL);

	(void)state;
	assert_non_null(t);
	expect(t, certs_chain(inside, NULL), CERTS_NOW, good, 0);
	expect(t, certs_chain(beside, NULL), CERTS_NOW,
	    (struct answer){ERR_FOREIGN, SSL_AD_UNKNOWN_CA, "not known"}, 1);
	expect(t, certs_chain(beside, ca, NULL), CERTS_NOW,
	    (struct answer){ERR_FOREIGN, SSL_AD_UNKNOWN_CA, ""}, 2);
	trust_free(&t);
	certs_free(&inside);
	certs_free(&beside);
	certs_free(&middle);
}

/* The span of a good verdict is that of the shortest-lived certificate in the path. */
static void
looks_at_the_time_each_time(void **state)
{
	static const struct cert_change brief = {.from = -50, .until = 50};
	static const struct cert_change briefer = {.from = -20, .until = 20};
	struct cert *middle = certs_ca("brief", ca, &brief);
	struct cert *brief_leaves[] = {
	    certs_leaf(ID, middle, NULL), certs_leaf(ID, middle, &briefer)};
	const int64_t spans[] = {50, 20};
	const struct answer over = {ERR_DENIED, SSL_AD_CERTIFICATE_EXPIRED, "it has expired"};
	const struct answer early = {ERR_DENIED, SSL_AD_CERTIFICATE_EXPIRED, "not yet valid"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct chain chain = certs_chain(brief_leaves[i], middle, NULL);

		expect(trust, chain, CERTS_NOW, good, i);
		expect(trust, chain, CERTS_NOW + spans[i] - 1, good, i);
		expect(trust, chain, CERTS_NOW + spans[i] + 1, over, i);
		expect(trust, chain, CERTS_NOW - spans[i], good, i);
		expect(trust, chain, CERTS_NOW - spans[i] - 1, early, i);
		expect(trust, chain, CERTS_NOW, good, i);
		certs_free(&brief_leaves[i]);
	}
	certs_free(&middle);
}

static void
obeys_the_crl(void **state)
{
	struct cert *middle = certs_ca("na1 issuing", ca, NULL);
	struct cert *revoked = certs_leaf(ID, ca, NULL), *other = certs_leaf(ID, ca, NULL);
	struct cert_change same = {.serial = NULL};
	struct cert *namesake, *below = certs_leaf(ID, middle, NULL);
	const struct answer gone = {ERR_DENIED, SSL_AD_CERTIFICATE_REVOKED, "revoked"};
	const struct answer over = {ERR_DENIED, SSL_AD_CERTIFICATE_UNKNOWN, "expired"};
	const struct answer early = {ERR_DENIED, SSL_AD_CERTIFICATE_UNKNOWN, "not begun"};
	struct buf crl = BUF_INIT;
	struct trust *t;
	char *serial;
	BIGNUM *bn;

	(void)state;
	certs_crl(&crl, ca, -100, 100, revoked, NULL);
	assert_non_null(t = trust_of(ca, &crl, NULL));
	expect(t, certs_chain(revoked, NULL), CERTS_NOW, gone, 0);
	expect(t, certs_chain(other, NULL), CERTS_NOW, good, 1);
	expect(t, certs_chain(other, NULL), CERTS_NOW + 99, good, 2);
	expect(t, certs_chain(other, NULL), CERTS_NOW + 100, over, 3);
	expect(t, certs_chain(other, NULL), CERTS_NOW - 101, early, 4);
	expect(t, certs_chain(other, NULL), CERTS_NOW, good, 5);
	/* The same serial under another issuer is another certificate. */
	bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(revoked->x509), NULL);
	same.serial = serial = BN_bn2hex(bn);
	namesake = certs_leaf(ID, middle, &same);
	expect(t, certs_chain(namesake, middle, NULL), CERTS_NOW, good, 6);
	trust_free(&t);
	/* A revoked intermediate takes what is below along; of its own CRL none was given. */
	buf_clear(&crl);
	certs_crl(&crl, ca, -100, 100, middle, NULL);
	assert_non_null(t = trust_of(ca, &crl, NULL));
	expect(t, certs_chain(below, middle, NULL), CERTS_NOW, gone, 7);
	expect(t, certs_chain(revoked, NULL), CERTS_NOW, good, 8);
	trust_free(&t);
	OPENSSL_free(serial);
	BN_free(bn);
	buf_free(&crl);
	certs_free(&namesake);
	certs_free(&below);
	certs_free(&revoked);
	certs_free(&other);
	certs_free(&middle);
}

/* The mark of what an issuer has signed, in a set of its own. */
static void
mark_of(struct buf *set, const struct cert *issuer, const struct cert *c)
{
	struct certificate_view above, view;
	uint8_t mark[REVOKED_MARK];

	assert_int_equal(certificate_read(certs_der(issuer), &above, NULL), 0);
	assert_int_equal(certificate_read(certs_der(c), &view, NULL), 0);
	revoked_mark(above.spki, view.serial, mark);
	buf_clear(set);
	revoked_set_add(set, mark);
}

/* What the vault has revoked counts at once, also for whom was found good a moment ago. */
static void
obeys_the_vault(void **state)
{
	struct cert *middle = certs_ca("na1 issuing", ca, NULL);
	struct cert *leaf = certs_leaf(ID, ca, NULL), *other = certs_leaf(ID, ca, NULL);
	struct cert *below = certs_leaf(ID, middle, NULL);
	const struct answer gone = {ERR_DENIED, SSL_AD_CERTIFICATE_REVOKED, "revoked"};
	struct trust *t = trust_of(ca, NULL, NULL);
	struct buf set = BUF_INIT;

	(void)state;
	expect(t, certs_chain(leaf, NULL), CERTS_NOW, good, 0);
	mark_of(&set, ca, leaf);
	trust_revoke(t, buf_str(&set));
	expect(t, certs_chain(leaf, NULL), CERTS_NOW, gone, 1);
	expect(t, certs_chain(other, NULL), CERTS_NOW, good, 2);
	/* By another issuer's key it would be another certificate. */
	mark_of(&set, twin, leaf);
	trust_revoke(t, buf_str(&set));
	expect(t, certs_chain(leaf, NULL), CERTS_NOW, good, 3);
	mark_of(&set, ca, middle);
	trust_revoke(t, buf_str(&set));
	expect(t, certs_chain(below, middle, NULL), CERTS_NOW, gone, 4);
	mark_of(&set, middle, below);
	trust_revoke(t, buf_str(&set));
	expect(t, certs_chain(below, middle, NULL), CERTS_NOW, gone, 5);
	trust_revoke(t, str_of(""));
	expect(t, certs_chain(below, middle, NULL), CERTS_NOW, good, 6);
	trust_free(&t);
	buf_free(&set);
	certs_free(&below);
	certs_free(&leaf);
	certs_free(&other);
	certs_free(&middle);
}

/* What trust_new says of a bundle. */
static void
expect_bundle(struct buf *pem, struct buf *crl, const char *domain, const char *text)
{
	struct error err = ERROR_INIT;
	struct trust *t = trust_new(buf_str(pem), buf_str(crl), domain, &err);

	if ((t != NULL) != (text == NULL) || (t == NULL && strstr(err.text, text) == NULL))
		fail_msg("\"%s\": %s", text, t != NULL ? "accepted" : err.text);
	if (t == NULL)
		assert_true(err.code == ERR_INVALID || err.code == ERR_FOREIGN);
	trust_free(&t);
	buf_clear(pem);
	buf_clear(crl);
}

static void
reads_bundles(void **state)
{
	static const struct {
		struct cert_change change;
		const char *text;
	} cas[] = {
	    {{.subject = NULL}, NULL},
	    {{.with = {"basicConstraints=critical,CA:FALSE"}}, "CA certificate 2: "},
	    {{.with = {"keyUsage="}}, "keyCertSign"},
	    {{.with = {"subjectAltName=URI:spiffe://na1.example"}}, NULL},
	    {{.with = {"subjectAltName=URI:spiffe://eu1.example"}}, "another trust domain"},
	    {{.with = {"subjectAltName=URI:spiffe://na1.example/x"}}, "no path"},
	    {{.version = 1, .with = {"basicConstraints=", "keyUsage="}}, "version 3"},
	};
	struct buf pem = BUF_INIT, crl = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cas); i++) {
		struct cert *second = certs_ca("second", NULL, &cas[i].change);

		certs_pem(&pem, ca);
		buf_put_text(&pem, "words between the blocks\n");
		certs_pem(&pem, second);
		expect_bundle(&pem, &crl, DOMAIN, cas[i].text);
		certs_free(&second);
	}
	expect_bundle(&pem, &crl, DOMAIN, "there are none");
	certs_pem(&pem, ca);
	expect_bundle(&pem, &crl, "NA1", "trust domain");
	certs_pem(&pem, ca);
	pem.len -= 20;
	expect_bundle(&pem, &crl, DOMAIN, "CA certificate 1: not a PEM block");
	buf_put_text(&pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	expect_bundle(&pem, &crl, DOMAIN, "labelled");
	buf_put_text(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	expect_bundle(&pem, &crl, DOMAIN, "CA certificate 1: not a certificate");
	for (int i = 0; i <= 64; i++)
		certs_pem(&pem, ca);
	expect_bundle(&pem, &crl, DOMAIN, "more than 64");
	buf_free(&pem);
	buf_free(&crl);
}

static void
reads_crls(void **state)
{
	const struct {
		const struct cert *signer;
		int64_t until;
		const char *extension, *text;
	} lists[] = {
	    {ca, 100, NULL, NULL},
	    {ca, 100, "crlNumber=DER:020107", NULL},
	    {ca, -50, NULL, NULL}, /* expired: refused at its use */
	    {ca, 0, NULL, "CRL 1: it has no nextUpdate"},
	    {twin, 100, NULL, "CRL 1: none of the CA certificates"},
	    {ca, 100, "deltaCRL=critical,DER:020101", "critical extension"},
	    {ca, 100, "issuingDistributionPoint=critical,DER:30038401ff", "critical extension"},
	};
	struct buf pem = BUF_INIT, crl = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		certs_pem(&pem, ca);
		certs_crl(
		    &crl, lists[i].signer, -100, lists[i].until, NULL, lists[i].extension);
		expect_bundle(&pem, &crl, DOMAIN, lists[i].text);
	}
	certs_pem(&pem, ca);
	certs_crl(&crl, ca, -100, 100, NULL, NULL);
	certs_crl(&crl, ca, -100, 200, NULL, NULL);
	expect_bundle(&pem, &crl, DOMAIN, "CRL 2: a second CRL");
	certs_pem(&pem, ca);
	certs_pem(&pem, twin);
	certs_crl(&crl, ca, -100, 100, NULL, NULL);
	certs_crl(&crl, twin, -100, 100, NULL, NULL);
	expect_bundle(&pem, &crl, DOMAIN, NULL);
	certs_pem(&pem, ca);
	certs_pem(&crl, ca);
	expect_bundle(&pem, &crl, DOMAIN, "CRL 1: the block is not labelled");
	buf_free(&pem);
	buf_free(&crl);
}

static void
caps_the_chain(void **state)
{
	struct cert *leaf = certs_leaf(ID, ca, NULL);
	struct chain chain = certs_chain(leaf, NULL);
	const struct answer count = {
	    ERR_INVALID, SSL_AD_BAD_CERTIFICATE, "1 to 8 certificates"};
	const struct answer size = {ERR_INVALID, SSL_AD_BAD_CERTIFICATE, "at most 32768 bytes"};
	static char junk[CHAIN_BYTES];

	(void)state;
	chain.count = 0;
	expect(trust, chain, CERTS_NOW, count, 0);
	chain.count = CHAIN_CERTIFICATES + 1;
	expect(trust, chain, CERTS_NOW, count, 1);
	chain.count = 2;
	chain.der[1] = (struct str){junk, sizeof(junk)};
	expect(trust, chain, CERTS_NOW, size, 2);
	chain.der[1].len = 100;
	expect(trust, chain, CERTS_NOW,
	    (struct answer){ERR_INVALID, SSL_AD_BAD_CERTIFICATE, "one of the chain"}, 3);
	certs_free(&leaf);
}

/* More chains than verdicts are kept: each still has its own. */
static void
remembers_and_forgets(void **state)
{
	struct cert *leaf = NULL;
	char text[64];

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct chain chain;
		struct identity *id;

		certs_free(&leaf);
		snprintf(text, sizeof(text), "spiffe://na1.example/svc/%d", i % 300);
		leaf = certs_leaf(text, ca, NULL);
		chain = certs_chain(leaf, NULL);
		for (int k = 0; k < 2; k++) {
			id = trust_verify(trust, &chain, CERTS_NOW, NULL, NULL);
			assert_non_null(id);
			assert_true(str_is(id->id, text));
			identity_free(&id);
		}
	}
	certs_free(&leaf);
}

/* One byte of a good leaf is changed, 5000 times: never accepted, nothing crashes. */
static void
refuses_mutations(void **state)
{
	struct cert *leaf = certs_leaf(ID, ca, NULL);
	struct chain chain = certs_chain(leaf, NULL);
	uint32_t seed = 20261124;

	(void)state;
	expect(trust, chain, CERTS_NOW, good, 0);
	for (int i = 0; i < 5000; i++) {
		uint8_t *byte, was;
		struct identity *id;

		seed = seed * 1664525 + 1013904223;
		byte = leaf->der.data + (seed >> 8) % leaf->der.len;
		was = *byte;
		seed = seed * 1664525 + 1013904223;
		*byte ^= (uint8_t)(1 + (seed >> 8) % 255);
		id = trust_verify(trust, &chain, CERTS_NOW, NULL, NULL);
		if (id != NULL)
			fail_msg("mutation %d at %td accepted", i, byte - leaf->der.data);
		*byte = was;
	}
	certs_free(&leaf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_a_leaf),
	    cmocka_unit_test(refuses_other_issuers),
	    cmocka_unit_test(judges_signatures),
	    cmocka_unit_test(judges_intermediates),
	    cmocka_unit_test(obeys_path_lengths),
	    cmocka_unit_test(refuses_leaves_as_issuers),
	    cmocka_unit_test(anchors_an_intermediate),
	    cmocka_unit_test(looks_at_the_time_each_time),
	    cmocka_unit_test(obeys_the_crl),
	    cmocka_unit_test(obeys_the_vault),
	    cmocka_unit_test(reads_bundles),
	    cmocka_unit_test(reads_crls),
	    cmocka_unit_test(caps_the_chain),
	    cmocka_unit_test(remembers_and_forgets),
	    cmocka_unit_test(refuses_mutations),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
