/*
 * The certificate maker of the tests, see certs.h.  Anything that goes wrong ends the test.
 */
#include "tests/unit/certs.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MUST(condition) \
	do { \
		if (!(condition)) \
			fatal("%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

static const char *const ca_extensions[] = {"basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash",
    "authorityKeyIdentifier=keyid", NULL};

static const char *const leaf_extensions[] = {"basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth,serverAuth",
    "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid", NULL};

EVP_PKEY *
certs_key(const char *kind, unsigned n)
{
	static struct {
		char kind[16];
		unsigned n;
		EVP_PKEY *key;
	} kept[16];
	EVP_PKEY *key;

	for (unsigned i = 0; i < 16; i++) {
		if (kept[i].key != NULL && kept[i].n == n && strcmp(kept[i].kind, kind) == 0) {
			EVP_PKEY_up_ref(kept[i].key);
			return kept[i].key;
		}
		if (kept[i].key != NULL)
			continue;
		if (strncmp(kind, "RSA-", 4) == 0)
			key = EVP_RSA_gen((unsigned)atoi(kind + 4));
		else if (strncmp(kind, "P-", 2) == 0)
			key = EVP_EC_gen(kind);
		else
			key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
		MUST(key != NULL);
		snprintf(kept[i].kind, sizeof(kept[i].kind), "%s", kind);
		kept[i].n = n;
		kept[i].key = key;
		EVP_PKEY_up_ref(key);
		return key;
	}
	fatal("certs: too many kinds of keys");
}

/* Both name the same extension, up to their '='. */
static bool
same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return len == strcspn(b, "=") && strncmp(a, b, len) == 0;
}

static X509_EXTENSION *
extension(X509V3_CTX *ctx, const char *text)
{
	char name[64];
	const char *value = strchr(text, '=') + 1;
	X509_EXTENSION *e;

	snprintf(name, sizeof(name), "%.*s", (int)(value - 1 - text), text);
	e = X509V3_EXT_nconf(NULL, ctx, name, value);
	if (e == NULL)
		fatal("certs: extension %s", text);
	return e;
}

static void
add_extension(X509 *x, X509V3_CTX *ctx, const char *text)
{
	X509_EXTENSION *e;

	if (*text == '+')
		text++;
	if (strchr(text, '=')[1] == '\0')
		return;
	e = extension(ctx, text);
	MUST(X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* The usual extensions, each replaced where the change says so; then what the change adds. */
static void
add_extensions(
    X509 *x, X509 *issuer, const char *const *usual, const struct cert_change *change)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	for (unsigned i = 0; usual[i] != NULL; i++) {
		const char *text = usual[i];

		/* An issuer without an identifier of its key: none can be pointed to. */
		if (strcmp(text, "authorityKeyIdentifier=keyid") == 0 &&
		    X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) < 0)
			continue;
		for (unsigned k = 0; k < CERTS_FIELDS && change->with[k] != NULL; k++)
			if (same_name(change->with[k], usual[i]))
				text = change->with[k];
		add_extension(x, &ctx, text);
	}
	for (unsigned k = 0; k < CERTS_FIELDS && change->with[k] != NULL; k++) {
		bool replaces = false;

		for (unsigned i = 0; usual[i] != NULL; i++)
			replaces = replaces || same_name(change->with[k], usual[i]);
		if (!replaces)
			add_extension(x, &ctx, change->with[k]);
	}
}

static void
set_name(X509_NAME *name, const char *text)
{
	if (*text != '\0')
		MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
			 (const unsigned char *)text, -1, -1, 0) == 1);
}

static void
set_serial(X509 *x, const char *text)
{
	static unsigned next = 1000;
	char number[16];
	BIGNUM *bn = NULL;

	snprintf(number, sizeof(number), "%X", next++);
	MUST(BN_hex2bn(&bn, text != NULL ? text : number) > 0);
	MUST(BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL);
	BN_free(bn);
}

static const EVP_MD *
digest_for(EVP_PKEY *key, const char *name)
{
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return NULL;
	return EVP_get_digestbyname(name != NULL ? name : "SHA256");
}

/* Sign; "PSS-..." asks an RSA key for the other padding. */
static void
sign(X509 *x, EVP_PKEY *key, const char *digest)
{
	bool pss = digest != NULL && strncmp(digest, "PSS-", 4) == 0;
	const EVP_MD *md = digest_for(key, pss ? digest + 4 : digest);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	MUST(ctx != NULL && EVP_DigestSignInit(ctx, &pctx, md, NULL, key) == 1);
	if (pss)
		MUST(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1);
	MUST(X509_sign_ctx(x, ctx) > 0);
	EVP_MD_CTX_free(ctx);
}

static struct cert *
make(const char *subject, const struct cert *issuer, const char *const *usual,
    const struct cert_change *change)
{
	static unsigned keys;
	struct cert *c = calloc(1, sizeof(*c));
	const char *kind = change->key != NULL ? change->key : "P-256";
	int64_t from = change->from != 0 ? change->from : -CERTS_DAY;
	int64_t until = change->until != 0 ? change->until : CERTS_DAY;
	X509 *x = X509_new();
	unsigned char *p;

	MUST(c != NULL && x != NULL);
	/* A few keys of each kind are made and used again: signers differ, tests stay quick. */
	c->key = certs_key(kind, keys++ % 2);
	c->x509 = x;
	MUST(X509_set_version(x, change->version != 0 ? change->version - 1 : X509_VERSION_3) ==
	     1);
	set_serial(x, change->serial);
	set_name(X509_get_subject_name(x), change->subject != NULL ? change->subject : subject);
	X509_set_issuer_name(x, X509_get_subject_name(issuer != NULL ? issuer->x509 : x));
	MUST(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(CERTS_NOW + from)) != NULL);
	MUST(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(CERTS_NOW + until)) != NULL);
	MUST(X509_set_pubkey(x, c->key) == 1);
	add_extensions(x, issuer != NULL ? issuer->x509 : x, usual, change);
	if (issuer == NULL)
		issuer = c;
	sign(x, issuer->key, change->digest);
	p = buf_reserve(&c->der, (size_t)i2d_X509(x, NULL));
	c->der.len = (size_t)i2d_X509(x, &p);
	return c;
}

static const struct cert_change nothing;

struct cert *
certs_ca(const char *name, const struct cert *issuer, const struct cert_change *change)
{
	return make(name, issuer, ca_extensions, change != NULL ? change : &nothing);
}

struct cert *
certs_leaf(const char *id, const struct cert *issuer, const struct cert_change *change)
{
	const char *usual[8];
	struct buf san = BUF_INIT;
	struct cert *c;

	buf_printf(&san, "subjectAltName=URI:%s", id);
	buf_put_u8(&san, 0);
	memcpy(usual, leaf_extensions, sizeof(leaf_extensions));
	usual[5] = (const char *)san.data;
	usual[6] = NULL;
	c = make("leaf", issuer, usual, change != NULL ? change : &nothing);
	buf_free(&san);
	return c;
}

void
certs_free(struct cert **c)
{
	if (*c == NULL)
		return;
	X509_free((*c)->x509);
	EVP_PKEY_free((*c)->key);
	buf_free(&(*c)->der);
	free(*c);
	*c = NULL;
}

/* Append what write writes. */
static void
put_bio(struct buf *out, BIO *bio)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	buf_put(out, text, (size_t)len);
	BIO_free(bio);
}

void
certs_crl(struct buf *pem, const struct cert *ca, int64_t from, int64_t until,
    const struct cert *revoked, const char *extension_text)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from_time = ASN1_TIME_set(NULL, (time_t)(CERTS_NOW + from));
	ASN1_TIME *until_time = ASN1_TIME_set(NULL, (time_t)(CERTS_NOW + until));
	BIO *bio = BIO_new(BIO_s_mem());

	MUST(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1);
	MUST(X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->x509)) == 1);
	MUST(X509_CRL_set1_lastUpdate(crl, from_time) == 1);
	if (until != 0)
		MUST(X509_CRL_set1_nextUpdate(crl, until_time) == 1);
	if (revoked != NULL) {
		X509_REVOKED *entry = X509_REVOKED_new();

		MUST(X509_REVOKED_set_serialNumber(
			 entry, X509_get_serialNumber(revoked->x509)) == 1);
		MUST(X509_REVOKED_set_revocationDate(entry, from_time) == 1);
		MUST(X509_CRL_add0_revoked(crl, entry) == 1);
	}
	if (extension_text != NULL) {
		X509V3_CTX ctx;
		X509_EXTENSION *e;

		X509V3_set_ctx(&ctx, ca->x509, NULL, NULL, crl, 0);
		e = extension(&ctx, extension_text);
		MUST(X509_CRL_add_ext(crl, e, -1) == 1);
		X509_EXTENSION_free(e);
	}
	MUST(X509_CRL_sign(crl, ca->key, digest_for(ca->key, NULL)) > 0);
	MUST(PEM_write_bio_X509_CRL(bio, crl) == 1);
	put_bio(pem, bio);
	X509_CRL_free(crl);
	ASN1_TIME_free(from_time);
	ASN1_TIME_free(until_time);
}

void
certs_pem(struct buf *pem, const struct cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());

	MUST(PEM_write_bio_X509(bio, c->x509) == 1);
	put_bio(pem, bio);
}

struct str
certs_der(const struct cert *c)
{
	return buf_str(&c->der);
}

struct chain
certs_chain(const struct cert *leaf, ...)
{
	struct chain chain = {0};
	va_list more;

	va_start(more, leaf);
	for (const struct cert *c = leaf; c != NULL; c = va_arg(more, const struct cert *)) {
		MUST(chain.count < CHAIN_CERTIFICATES);
		chain.der[chain.count++] = certs_der(c);
	}
	va_end(more);
	return chain;
}

/* The header of the element at `at`: how long it is, and its content's length. */
static size_t
measure(const uint8_t *at, size_t *len)
{
	unsigned octets = at[1] >= 0x80 ? at[1] & 0x7f : 0;

	*len = octets == 0 ? at[1] : 0;
	for (unsigned i = 0; i < octets; i++)
		*len = *len << 8 | at[2 + i];
	return 2 + octets;
}

/* Copy an element with the change in it, its length set right. */
static void
rewrite(struct buf *out, const uint8_t *der, const uint8_t *cut, size_t remove,
    const void *insert, size_t len)
{
	size_t content_len, header = measure(der, &content_len);
	const uint8_t *p = der + header, *end = p + content_len;
	struct buf content = BUF_INIT;
	bool done = false;

	/* OCTET STRINGs of extensions and the constructed hold elements. */
	while (((*der & 0x20) != 0 || *der == 0x04) && p < end && !done) {
		size_t inner_len, inner = measure(p, &inner_len);

		if (p + inner + inner_len > end || cut < p + inner ||
		    cut + remove > p + inner + inner_len || cut == p + inner + inner_len) {
			if (cut == p)
				break;
			buf_put(&content, p, inner + inner_len);
			p += inner + inner_len;
			continue;
		}
		rewrite(&content, p, cut, remove, insert, len);
		p += inner + inner_len;
		done = true;
	}
	if (!done) {
		buf_put(&content, p, (size_t)(cut - p));
		buf_put(&content, insert, len);
		p = cut + remove;
	}
	buf_put(&content, p, (size_t)(end - p));
	buf_put_u8(out, *der);
	if (content.len < 0x80)
		buf_put_u8(out, (uint8_t)content.len);
	else if (content.len < 0x100)
		buf_put_u16(out, (uint16_t)(0x8100 | content.len));
	else {
		buf_put_u8(out, 0x82);
		buf_put_u16(out, (uint16_t)content.len);
	}
	buf_put(out, content.data, content.len);
	buf_free(&content);
}

void
certs_splice(struct buf *der, size_t at, size_t remove, const void *insert, size_t len)
{
	struct buf out = BUF_INIT;

	MUST(at + remove <= der->len);
	rewrite(&out, der->data, der->data + at, remove, insert, len);
	buf_clear(der);
	buf_put(der, out.data, out.len);
	buf_free(&out);
}

size_t
certs_find(const struct buf *der, const void *bytes, size_t len)
{
	const uint8_t *at = memmem(der->data, der->len, bytes, len);

	MUST(at != NULL);
	return (size_t)(at - der->data);
}
