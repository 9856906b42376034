/*
 * vaultctl: certificates and keys as PEM, in and out.  Trusted with every key that is read or
 * written: OpenSSL's copies are wiped here.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "client/credential.h"
#include "client/files.h"
#include "client/pair_file.h"

struct credential *
credential_empty(void)
{
	struct credential *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("no memory for a certificate");
	return c;
}

static BIO *
open_text(struct str text)
{
	BIO *bio = BIO_new_mem_buf(text.at, (int)text.len);

	if (bio == NULL)
		fatal("no memory to read PEM");
	return bio;
}

static X509 *
parse_certificate(struct str pem)
{
	BIO *bio = open_text(pem);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return x;
}

static EVP_PKEY *
parse_key(struct str pem)
{
	BIO *bio = open_text(pem);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return key;
}

EVP_PKEY *
credential_request_key(struct str pem, struct error *err)
{
	BIO *bio = open_text(pem);
	X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	EVP_PKEY *key = request != NULL ? X509_REQ_get_pubkey(request) : NULL;

	if (key == NULL || X509_REQ_verify(request, key) != 1) {
		error_set(err, ERR_INVALID,
		    "this is no request for a certificate in PEM that "
		    "its key signed");
		EVP_PKEY_free(key);
		key = NULL;
	}
	X509_REQ_free(request);
	BIO_free(bio);
	return key;
}

/* The key that belongs to the certificate. */
static int
read_key(struct credential *c, const char *certificate, const char *path, struct error *err)
{
	struct buf pem = BUF_INIT;
	int rc = file_read(path, &pem, err);

	if (rc == 0 && (c->key = parse_key(buf_str(&pem))) == NULL)
		rc = error_set(err, ERR_INVALID, "%s holds no key in PEM that opens", path);
	if (rc == 0 && !X509_check_private_key(c->certificate, c->key))
		rc = error_set(err, ERR_INVALID, "%s is not the key of %s", path, certificate);
	buf_free(&pem);
	return rc;
}

struct credential *
credential_read(const char *certificate, const char *key, struct error *err)
{
	struct buf pem = BUF_INIT;
	struct credential *c = credential_empty();
	int rc = file_read(certificate, &pem, err);

	if (rc == 0 && (c->certificate = parse_certificate(buf_str(&pem))) == NULL)
		rc = error_set(err, ERR_INVALID, "%s holds no certificate in PEM", certificate);
	if (rc == 0 && key != NULL)
		rc = read_key(c, certificate, key, err);
	if (rc != 0)
		credential_free(&c);
	buf_free(&pem);
	return c;
}

/* What OpenSSL wrote, into our buffer; its own copy is wiped. */
static void
take_text(BIO *bio, int ok, struct buf *out)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	if (!ok || len <= 0)
		fatal("OpenSSL wrote no PEM");
	buf_put(out, text, (size_t)len);
	OPENSSL_cleanse(text, (size_t)len);
	BIO_free(bio);
}

static void
put_certificate(X509 *x, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	take_text(bio, bio != NULL && PEM_write_bio_X509(bio, x), out);
}

void
credential_put_certificate(
    const struct credential *c, const struct credential *issuer, struct buf *out)
{
	put_certificate(c->certificate, out);
	if (issuer != NULL && !(X509_get_extension_flags(issuer->certificate) & EXFLAG_SI))
		put_certificate(issuer->certificate, out);
}

void
credential_put_key(const struct credential *c, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	take_text(bio,
	    bio != NULL &&
		PEM_write_bio_PKCS8PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL),
	    out);
}

int
credential_write(const struct credential *c, const struct credential *issuer,
    const char *prefix, bool replace, struct error *err)
{
	struct buf certificate = BUF_INIT, key = BUF_INIT;
	int rc;

	credential_put_key(c, &key);
	credential_put_certificate(c, issuer, &certificate);
	rc = pair_file_write(prefix, buf_str(&key), buf_str(&certificate), replace, err);
	buf_free(&key);
	buf_free(&certificate);
	return rc;
}

/* The authority of a URI: "spiffe://na1.example" -> "na1.example". */
static struct str
domain_of(const ASN1_IA5STRING *uri)
{
	struct str text = {
	    (const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri)};
	struct str domain, rest;

	if (!str_starts(text, "spiffe://"))
		return (struct str){NULL, 0};
	str_cut(str_from(text, strlen("spiffe://")), '/', &domain, &rest);
	return domain;
}

int
credential_trust_domain(const struct credential *c, struct buf *domain, struct error *err)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(c->certificate, NID_subject_alt_name, NULL, NULL);
	struct str found = {NULL, 0};

	for (int i = 0; found.at == NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_URI)
			found = domain_of(name->d.uniformResourceIdentifier);
	}
	buf_put_str(domain, found);
	GENERAL_NAMES_free(names);
	return found.at != NULL ? 0
				: error_set(err, ERR_INVALID,
				      "the CA names no trust domain; give -trust-domain=NAME");
}

int
credential_der(struct str pem, struct buf *der, struct error *err)
{
	X509 *x = parse_certificate(pem);
	unsigned char *bytes = NULL;
	int len = x != NULL ? i2d_X509(x, &bytes) : 0;

	if (len > 0)
		buf_put(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	X509_free(x);
	return len > 0 ? 0 : error_set(err, ERR_INVALID, "no certificate in PEM");
}

static X509 *
parse_der(struct str der)
{
	const unsigned char *at = (const unsigned char *)der.at;

	return d2i_X509(NULL, &at, (long)der.len);
}

void
credential_describe_key(struct str der, struct buf *out)
{
	X509 *x = parse_der(der);
	EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;
	char group[64];

	if (key == NULL)
		buf_put_text(out, "of a kind that OpenSSL does not read");
	else if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
		buf_printf(out, "%s %s", EVP_PKEY_get0_type_name(key), group);
	else
		buf_printf(
		    out, "%s, %d bits", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
	X509_free(x);
}

void
credential_describe_issuer(struct str der, struct buf *out)
{
	X509 *x = parse_der(der);
	char *line = x != NULL ? X509_NAME_oneline(X509_get_issuer_name(x), NULL, 0) : NULL;

	buf_put_text(out, line != NULL ? line : "");
	OPENSSL_free(line);
	X509_free(x);
}
