/*
 * CA certificates and CRLs as the configuration gives them.  Runs in gate and keeper on the
 * operator's own files, at start and at reload.
 */
#include "policy/bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SECURITY_BITS 112 /* RSA of 2048 bits, SHA-224: OpenSSL's level 2 */

static int64_t
seconds(const ASN1_TIME *time)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return INT64_MIN;
	return (int64_t)timegm(&tm);
}

void
span_cut(struct span *s, const ASN1_TIME *from, const ASN1_TIME *until)
{
	if (seconds(from) > s->from)
		s->from = seconds(from);
	if (seconds(until) < s->until)
		s->until = seconds(until);
}

static int
check_uri(const ASN1_STRING *uri, const char *trust_domain, struct error *err)
{
	struct str text = {
	    (const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri)};
	struct str domain;

	if (text.len < 7 || strncasecmp(text.at, "spiffe:", 7) != 0)
		return 0;
	if (!str_starts(text, "spiffe://"))
		return error_set(err, ERR_INVALID, "an issuer's SPIFFE ID is malformed");
	domain = str_from(text, strlen("spiffe://"));
	if (memchr(domain.at, '/', domain.len) != NULL)
		return error_set(
		    err, ERR_INVALID, "an issuer's SPIFFE ID has no path, this one has");
	if (!str_is(domain, trust_domain))
		return error_set(err, ERR_FOREIGN, "an issuer is of another trust domain");
	return 0;
}

static int
check_names(X509 *issuer, const char *trust_domain, struct error *err)
{
	int rc = 0, critical;
	GENERAL_NAMES *names = X509_get_ext_d2i(issuer, NID_subject_alt_name, &critical, NULL);

	/* -1: there are none.  Anything else without names is malformed, or there twice. */
	if (names == NULL && critical != -1)
		return error_set(err, ERR_INVALID, "an issuer's subjectAltName is malformed");
	for (int i = 0; rc == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_URI)
			rc = check_uri(name->d.uniformResourceIdentifier, trust_domain, err);
	}
	GENERAL_NAMES_free(names);
	return rc;
}

int
bundle_check_issuer(X509 *issuer, const char *trust_domain, struct error *err)
{
	if (X509_get_version(issuer) != X509_VERSION_3)
		return error_set(err, ERR_INVALID, "an issuer is not of version 3");
	if ((X509_get_extension_flags(issuer) & EXFLAG_INVALID) != 0)
		return error_set(err, ERR_INVALID, "an issuer's extensions are malformed");
	if ((X509_get_extension_flags(issuer) & EXFLAG_CA) == 0)
		return error_set(err, ERR_INVALID, "an issuer is not a CA (basicConstraints)");
	if ((X509_get_extension_flags(issuer) & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) == 0)
		return error_set(
		    err, ERR_INVALID, "an issuer has no keyUsage with keyCertSign");
	return check_names(issuer, trust_domain, err);
}

static int
add_ca(struct bundle *b, const unsigned char *der, long len, const char *trust_domain,
    struct error *err)
{
	const unsigned char *p = der;
	X509 *ca = d2i_X509(NULL, &p, len);

	if (ca == NULL || p != der + len) {
		X509_free(ca);
		return error_set(err, ERR_INVALID, "not a certificate in DER");
	}
	b->cas[b->ca_count++] = ca;
	if (bundle_check_issuer(ca, trust_domain, err) != 0)
		return -1;
	if (X509_get0_pubkey(ca) == NULL)
		return error_set(err, ERR_INVALID, "its public key is malformed");
	if (X509_STORE_add_cert(b->store, ca) != 1)
		fatal("trust: no memory for a CA certificate");
	return 0;
}

/* The CA whose key signed the list, or NULL. */
static X509 *
find_signer(const struct bundle *b, X509_CRL *list)
{
	for (unsigned i = 0; i < b->ca_count; i++)
		if (X509_NAME_cmp(
			X509_get_subject_name(b->cas[i]), X509_CRL_get_issuer(list)) == 0 &&
		    X509_CRL_verify(list, X509_get0_pubkey(b->cas[i])) == 1)
			return b->cas[i];
	return NULL;
}

static bool
is_plain(X509_CRL *list)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(list);

	if (X509_CRL_get_ext_by_critical(list, 1, -1) >= 0)
		return false;
	for (int i = 0; i < sk_X509_REVOKED_num(revoked); i++)
		if (X509_REVOKED_get_ext_by_critical(
			sk_X509_REVOKED_value(revoked, i), 1, -1) >= 0)
			return false;
	return true;
}

/* A CRL's parameters of RSASSA-PSS cannot be asked for: such a one is not taken. */
static bool
is_strong(int algorithm)
{
	int md = NID_undef;

	if (algorithm == NID_ED25519)
		return true;
	return OBJ_find_sigid_algs(algorithm, &md, NULL) == 1 &&
	       (md == NID_sha256 || md == NID_sha384 || md == NID_sha512);
}

static int
check_crl(const struct crl *crl, struct error *err)
{
	if (X509_CRL_get0_nextUpdate(crl->list) == NULL)
		return error_set(err, ERR_INVALID, "it has no nextUpdate");
	if (!is_plain(crl->list))
		return error_set(err, ERR_INVALID,
		    "it has a critical extension (a delta, partial or indirect CRL?)");
	if (!is_strong(X509_CRL_get_signature_nid(crl->list)))
		return error_set(err, ERR_INVALID, "its signature algorithm is not allowed");
	if (crl->issuer == NULL)
		return error_set(err, ERR_INVALID, "none of the CA certificates has signed it");
	if (EVP_PKEY_get_security_bits(X509_get0_pubkey(crl->issuer)) < SECURITY_BITS)
		return error_set(err, ERR_INVALID, "its issuer's key is too short");
	return 0;
}

int
bundle_read_crl(const struct bundle *b, const unsigned char *der, long len, struct crl *crl,
    struct error *err)
{
	const unsigned char *p = der;

	*crl = (struct crl){.list = d2i_X509_CRL(NULL, &p, len), .span = {INT64_MIN, INT64_MAX}};
	if (crl->list == NULL || p != der + len)
		error_set(err, ERR_INVALID, "not a CRL in DER");
	else {
		crl->issuer = find_signer(b, crl->list);
		if (check_crl(crl, err) == 0) {
			span_cut(&crl->span, X509_CRL_get0_lastUpdate(crl->list),
			    X509_CRL_get0_nextUpdate(crl->list));
			return 0;
		}
	}
	X509_CRL_free(crl->list);
	return -1;
}

static int
add_crl(struct bundle *b, const unsigned char *der, long len, const char *trust_domain,
    struct error *err)
{
	struct crl crl;

	(void)trust_domain;
	if (bundle_read_crl(b, der, len, &crl, err) != 0)
		return -1;
	if (bundle_find_crl(b, crl.issuer) != NULL) {
		X509_CRL_free(crl.list);
		return error_set(err, ERR_INVALID, "a second CRL of the same CA");
	}
	b->crls[b->crl_count++] = crl;
	return 0;
}

const struct crl *
bundle_find_crl(const struct bundle *b, X509 *issuer)
{
	for (unsigned i = 0; i < b->crl_count; i++)
		if (X509_NAME_cmp(X509_get_subject_name(b->crls[i].issuer),
			X509_get_subject_name(issuer)) == 0 &&
		    EVP_PKEY_eq(
			X509_get0_pubkey(b->crls[i].issuer), X509_get0_pubkey(issuer)) == 1)
			return &b->crls[i];
	return NULL;
}

/* The two kinds of PEM text, and what is done with each block. */
struct kind {
	const char *what, *label;
	int (*add)(struct bundle *b, const unsigned char *der, long len,
	    const char *trust_domain, struct error *err);
};

static const struct kind ca_kind = {"CA certificate", PEM_STRING_X509, add_ca};
static const struct kind crl_kind = {"CRL", PEM_STRING_X509_CRL, add_crl};

/* Read the next block.  1, 0 at the end, -1 with an error. */
static int
read_block(struct bundle *b, const struct kind *kind, BIO *in, unsigned n,
    const char *trust_domain, struct error *err)
{
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;
	long len = 0;
	int rc = -1;

	ERR_clear_error();
	if (PEM_read_bio(in, &label, &header, &der, &len) != 1) {
		if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
			rc = 0;
		else
			error_set(err, ERR_INVALID, "not a PEM block");
	} else if (n > BUNDLE_MAX)
		error_set(err, ERR_INVALID, "more than %d are not supported", BUNDLE_MAX);
	else if (strcmp(label, kind->label) != 0)
		error_set(err, ERR_INVALID, "the block is not labelled \"%s\"", kind->label);
	else if (kind->add(b, der, len, trust_domain, err) == 0)
		rc = 1;
	if (rc < 0)
		error_prefix(err, "%s %u: ", kind->what, n);
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	ERR_clear_error();
	return rc;
}

static int
read_blocks(struct bundle *b, const struct kind *kind, struct str pem, const char *trust_domain,
    struct error *err)
{
	BIO *in = BIO_new_mem_buf(pem.len > 0 ? pem.at : "", (int)pem.len);
	unsigned n = 1;
	int rc;

	if (in == NULL)
		fatal("trust: no memory");
	while ((rc = read_block(b, kind, in, n, trust_domain, err)) == 1)
		n++;
	BIO_free(in);
	return rc;
}

struct bundle *
bundle_new(struct str ca_pem, struct str crl_pem, const char *trust_domain, struct error *err)
{
	struct bundle *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->store = X509_STORE_new()) == NULL)
		fatal("trust: no memory");
	if (read_blocks(b, &ca_kind, ca_pem, trust_domain, err) != 0)
		goto refuse;
	if (b->ca_count == 0) {
		error_set(err, ERR_INVALID, "CA certificates: there are none");
		goto refuse;
	}
	if (read_blocks(b, &crl_kind, crl_pem, trust_domain, err) == 0)
		return b;
refuse:
	bundle_free(&b);
	return NULL;
}

void
bundle_free(struct bundle **b)
{
	if (*b == NULL)
		return;
	for (unsigned i = 0; i < (*b)->crl_count; i++)
		X509_CRL_free((*b)->crls[i].list);
	for (unsigned i = 0; i < (*b)->ca_count; i++)
		X509_free((*b)->cas[i]);
	buf_free(&(*b)->revoked);
	X509_STORE_free((*b)->store);
	free(*b);
	*b = NULL;
}
