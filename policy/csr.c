/*
 * Requests for certificates.  Runs in the keeper on bytes of strangers: our walk sees all of it
 * before OpenSSL is asked whether the signature is right.
 */
#include "policy/csr.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "policy/algorithm.h"
#include "policy/extension_write.h"
#include "base/pem.h"
#include "policy/public_key.h"
#include "policy/subject.h"

#define CSR_MAX (32 * 1024)
#define EXTENSIONS_MAX 64
#define OID_EXTENSION_REQUEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e" /* PKCS #9 */

static int
malformed(const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, "its %s is malformed", what);
}

/* ---- extensions that are asked for ---- */

static int
read_usage(struct csr *c, struct der value, struct error *err)
{
	struct der octets;
	unsigned unused;

	if (!der_take_bits(&value, &octets, &unused) || !der_done(&value) || octets.left > 2)
		return malformed("keyUsage", err);
	for (size_t bit = 0; bit < 8 * octets.left; bit++)
		if ((octets.at[bit / 8] >> (7 - bit % 8) & 1) != 0)
			c->usage |= 1u << bit;
	return 0;
}

static int
read_extended_usage(struct csr *c, struct der value, struct error *err)
{
	struct der list, rest;
	struct str oid;

	if (!der_take(&value, DER_SEQUENCE, &list) || !der_done(&value) || der_done(&list))
		return malformed("extendedKeyUsage", err);
	for (rest = list; !der_done(&rest);)
		if (!der_take_oid(&rest, &oid))
			return malformed("extendedKeyUsage", err);
	c->extended_usage = (struct str){(const char *)list.at, list.left};
	return 0;
}

/* Those of RFC 5280 that are not named here are the issuer's to give: they are not copied. */
static int
read_extension(
    struct csr *c, struct str oid, struct der value, struct str whole, struct error *err)
{
	if (str_is(oid, OID_ALTERNATIVE_NAMES))
		return san_read(value, &c->names, err);
	if (str_is(oid, OID_KEY_USAGE))
		return read_usage(c, value, err);
	if (str_is(oid, OID_EXTENDED_USAGE))
		return read_extended_usage(c, value, err);
	if (!str_starts(oid, "\x55\x1d") && !str_starts(oid, "\x2b\x06\x01\x05\x05\x07\x01"))
		buf_put_str(&c->others, whole);
	return 0;
}

static int
read_extensions(struct csr *c, struct der list, struct error *err)
{
	struct str seen[EXTENSIONS_MAX], whole;
	struct der extension, value;
	unsigned tag;
	bool critical;

	for (unsigned n = 0; !der_done(&list); n++) {
		if (n == EXTENSIONS_MAX)
			return error_set(
			    err, ERR_INVALID, "over %d extensions", EXTENSIONS_MAX);
		if (!der_take_any(&list, &tag, &extension, &whole) || tag != DER_SEQUENCE ||
		    !der_take_oid(&extension, &seen[n]) ||
		    !der_take_default_false(&extension, &critical) ||
		    !der_take(&extension, DER_OCTET_STRING, &value) || !der_done(&extension))
			return malformed("list of extensions", err);
		for (unsigned i = 0; i < n; i++)
			if (str_equal(seen[i], seen[n]))
				return error_set(err, ERR_INVALID, "an extension occurs twice");
		if (read_extension(c, seen[n], value, whole, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- the request ---- */

static int
read_attributes(struct csr *c, struct der attributes, struct error *err)
{
	struct der attribute, set, list;
	bool seen = false;
	struct str oid;

	while (!der_done(&attributes)) {
		if (!der_take(&attributes, DER_SEQUENCE, &attribute) ||
		    !der_take_oid(&attribute, &oid) || !der_take(&attribute, DER_SET, &set) ||
		    !der_done(&attribute))
			return malformed("list of attributes", err);
		if (!str_is(oid, OID_EXTENSION_REQUEST))
			continue;
		if (seen || !der_take(&set, DER_SEQUENCE, &list) || !der_done(&set))
			return malformed("extension request", err);
		seen = true;
		if (read_extensions(c, list, err) != 0)
			return -1;
	}
	return 0;
}

/* CertificationRequestInfo. */
static int
read_info(struct csr *c, struct der info, struct error *err)
{
	struct der version, name, key, attributes = der_of("", 0);
	unsigned tag;

	if (!der_take_integer(&info, &version) || version.left != 1 || version.at[0] != 0)
		return error_set(err, ERR_INVALID, "it is not of version 1");
	if (!der_take_any(&info, &tag, &name, &c->subject) || tag != DER_SEQUENCE)
		return malformed("subject", err);
	if (!der_take_any(&info, &tag, &key, &c->spki) || tag != DER_SEQUENCE)
		return malformed("public key", err);
	if (!der_done(&info) &&
	    !der_take(&info, DER_CONTEXT | DER_CONSTRUCTED | 0, &attributes))
		return malformed("list of attributes", err);
	if (!der_done(&info))
		return error_set(err, ERR_INVALID, "something stands behind its attributes");
	if (subject_read(name, &c->common_name, &c->serial_number, err) != 0 ||
	    public_key_kind(c->spki, &c->key_type, &c->key_bits, err) != 0)
		return -1;
	return read_attributes(c, attributes, err);
}

static int
read_frame(struct csr *c, struct error *err)
{
	struct der whole = der_of(c->der.data, c->der.len), request, info, algorithm, signature;
	unsigned unused;

	if (!der_take(&whole, DER_SEQUENCE, &request) || !der_done(&whole) ||
	    !der_take(&request, DER_SEQUENCE, &info) ||
	    !der_take(&request, DER_SEQUENCE, &algorithm) ||
	    !der_take_bits(&request, &signature, &unused) || unused != 0 || !der_done(&request))
		return error_set(err, ERR_INVALID, "it is not one DER certificate request");
	if (!algorithm_signs(algorithm))
		return error_set(err, ERR_INVALID, "its signature algorithm is not allowed");
	return read_info(c, info, err);
}

static int
check_signature(const struct csr *c, struct error *err)
{
	const unsigned char *p = c->der.data;
	X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)c->der.len);
	bool good =
	    request != NULL && X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1;

	X509_REQ_free(request);
	ERR_clear_error();
	return good ? 0 : error_set(err, ERR_INVALID, "its signature is not that of its key");
}

struct csr *
csr_read_der(struct str der, struct error *err)
{
	struct csr *c;

	if (der.len > CSR_MAX) {
		error_set(err, ERR_INVALID, "over %d bytes", CSR_MAX);
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		fatal("no memory for a certificate request");
	buf_put_str(&c->der, der);
	if (read_frame(c, err) != 0 || check_signature(c, err) != 0)
		csr_free(&c);
	return c;
}

struct csr *
csr_read(struct str pem, struct error *err)
{
	static const char *const labels[] = {
	    PEM_STRING_X509_REQ, PEM_STRING_X509_REQ_OLD, NULL};
	struct buf der = BUF_INIT;
	struct csr *c = NULL;

	if (pem_first(pem, labels, &der, err) == 0)
		c = csr_read_der(buf_str(&der), err);
	buf_free(&der);
	return c;
}

void
csr_free(struct csr **c)
{
	if (*c == NULL)
		return;
	buf_free(&(*c)->der);
	buf_free(&(*c)->others);
	free(*c);
	*c = NULL;
}
