/*
 * Revocation lists given as text, in the keeper.  A stranger's bytes, until their signature was
 * found to be a CA's.
 */
#include "policy/crl.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/text.h"
#include "policy/bundle.h"

static void
decode(struct str text, unsigned char **der, long *len)
{
	char *label = NULL, *header = NULL;
	BIO *in = BIO_new_mem_buf(text.len > 0 ? text.at : "", (int)text.len);

	if (in == NULL)
		fatal("no memory for a CRL");
	if (PEM_read_bio(in, &label, &header, der, len) != 1)
		*der = NULL;
	OPENSSL_free(label);
	OPENSSL_free(header);
	BIO_free(in);
}

static int
open_crl(const struct bundle *b, struct str text, struct crl *crl, struct error *err)
{
	struct buf bytes = BUF_INIT;
	unsigned char *der = NULL;
	long len = 0;
	int rc;

	if (base64_decode(&bytes, BASE64_STD, text, NULL) && bytes.len > 0)
		rc = bundle_read_crl(b, bytes.data, (long)bytes.len, crl, err);
	else {
		decode(text, &der, &len);
		rc = der == NULL ? error_set(err, ERR_INVALID, "neither PEM nor base64") :
				   bundle_read_crl(b, der, len, crl, err);
		OPENSSL_free(der);
	}
	buf_free(&bytes);
	return rc;
}

static int
name_issuer(X509 *issuer, char name[CRL_ISSUER], struct error *err)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	int len = id == NULL ? 0 : ASN1_STRING_length(id);

	if (len == 0 || len * 3 > CRL_ISSUER)
		return error_set(err, ERR_INVALID, "its issuer has no key identifier");
	for (int i = 0; i < len; i++)
		snprintf(name + 3 * i, 4, "%02x%s", ASN1_STRING_get0_data(id)[i],
		    i + 1 < len ? ":" : "");
	return 0;
}

static void
visit(X509_REVOKED *entry, void (*each)(void *arg, const char *serial), void *arg)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(entry), NULL);
	char *decimal = n == NULL ? NULL : BN_bn2dec(n);

	if (decimal == NULL)
		fatal("no memory for a serial");
	each(arg, decimal);
	OPENSSL_free(decimal);
	BN_free(n);
}

int
crl_read(const struct bundle *b, struct str text, char issuer[CRL_ISSUER],
    void (*each)(void *arg, const char *serial), void *arg, struct error *err)
{
	STACK_OF(X509_REVOKED) *entries;
	struct crl crl;
	int rc;

	if (open_crl(b, text, &crl, err) != 0)
		return -1;
	rc = name_issuer(crl.issuer, issuer, err);
	entries = X509_CRL_get_REVOKED(crl.list);
	for (int i = 0; rc == 0 && i < sk_X509_REVOKED_num(entries); i++)
		visit(sk_X509_REVOKED_value(entries, i), each, arg);
	X509_CRL_free(crl.list);
	return rc;
}
