/*
 * Certificate signing requests.  OpenSSL writes them down; the signature is libsodium's, so that
 * the signer's bytes stay where they are.
 */
#include "keys/csr.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "keys/digest.h"

static bool
add_extension(STACK_OF(X509_EXTENSION) *list, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	return e != NULL && sk_X509_EXTENSION_push(list, e) > 0;
}

static bool
add_extensions(X509_REQ *r, const char *uri)
{
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	struct buf name = BUF_INIT;
	bool ok;

	buf_printf(&name, "URI:%s%c", uri, '\0');
	ok = list != NULL && add_extension(list, NID_subject_alt_name, (char *)name.data) &&
	    add_extension(list, NID_key_usage, "critical,digitalSignature") &&
	    X509_REQ_add_extensions(r, list) == 1;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	buf_free(&name);
	return ok;
}

static bool
fill(X509_REQ *r, const struct secret *signer, const char *common_name, const char *uri)
{
	uint8_t public_key[DIGEST_PUBLIC];
	EVP_PKEY *key;
	bool ok;

	digest_signer_public(signer, public_key);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, sizeof(public_key));
	ok = key != NULL && X509_REQ_set_pubkey(r, key) == 1 &&
	    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(r), "CN", MBSTRING_UTF8,
		(const unsigned char *)common_name, -1, -1, 0) == 1 &&
	    add_extensions(r, uri);
	EVP_PKEY_free(key);
	return ok;
}

static bool
sign(X509_REQ *r, const struct secret *signer)
{
	uint8_t signature[DIGEST_SIGNATURE];
	X509_ALGOR *algorithm = X509_ALGOR_new();
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	unsigned char *content = NULL;
	int len = i2d_re_X509_REQ_tbs(r, &content);
	bool ok = len > 0 && algorithm != NULL && bits != NULL;

	if (ok) {
		digest_sign(signer, (struct str){(char *)content, (size_t)len}, signature);
		ok = X509_ALGOR_set0(
			 algorithm, OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF, NULL) == 1 &&
		    X509_REQ_set1_signature_algo(r, algorithm) == 1 &&
		    ASN1_BIT_STRING_set(bits, signature, sizeof(signature)) == 1;
		/* Whole octets: no bits are unused. */
		bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
		bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
		X509_REQ_set0_signature(r, bits);
		bits = NULL;
	}
	ASN1_BIT_STRING_free(bits);
	X509_ALGOR_free(algorithm);
	OPENSSL_free(content);
	return ok;
}

void
csr_format(const struct secret *signer, const char *common_name, const char *uri,
    struct buf *out)
{
	X509_REQ *r = X509_REQ_new();
	BIO *pem = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (r == NULL || pem == NULL || !fill(r, signer, common_name, uri) || !sign(r, signer) ||
	    PEM_write_bio_X509_REQ(pem, r) != 1)
		fatal("a certificate request cannot be written");
	len = BIO_get_mem_data(pem, &text);
	buf_put(out, text, (size_t)len);
	BIO_free(pem);
	X509_REQ_free(r);
	ERR_clear_error();
}
