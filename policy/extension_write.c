/*
 * Extensions, written out.
 */
#include "policy/extension_write.h"

#include "policy/certificate.h"
#include "policy/der_write.h"

/* id-ad: how to ask about a certificate, where to find its issuer. */
#define AD(arc) "\x2b\x06\x01\x05\x05\x07\x30" arc
#define URI_NAME (DER_CONTEXT | 6)

struct extension_mark
extension_open(struct buf *out, const char *oid, bool critical)
{
	struct extension_mark m = {.extension = der_open(out, DER_SEQUENCE)};

	der_put_oid(out, str_of(oid));
	if (critical)
		der_put_true(out);
	m.value = der_open(out, DER_OCTET_STRING);
	return m;
}

void
extension_close(struct buf *out, struct extension_mark m)
{
	der_close(out, m.value);
	der_close(out, m.extension);
}

void
extension_put_subject_key(struct buf *out, struct str spki)
{
	struct extension_mark m = extension_open(out, OID_SUBJECT_KEY, false);
	size_t octets = der_open(out, DER_OCTET_STRING);

	key_identifier(spki, out);
	der_close(out, octets);
	extension_close(out, m);
}

void
extension_put_authority_key(struct buf *out, struct str identifier, struct str spki)
{
	struct extension_mark m = extension_open(out, OID_AUTHORITY_KEY, false);
	size_t sequence = der_open(out, DER_SEQUENCE), key = der_open(out, DER_CONTEXT | 0);

	if (identifier.len > 0)
		buf_put_str(out, identifier);
	else
		key_identifier(spki, out);
	der_close(out, key);
	der_close(out, sequence);
	extension_close(out, m);
}

static void
put_access(struct buf *out, const char *method, struct str_list urls)
{
	for (unsigned i = 0; i < urls.count; i++) {
		size_t description = der_open(out, DER_SEQUENCE);

		der_put_oid(out, str_of(method));
		der_put(out, URI_NAME, urls.at[i]);
		der_close(out, description);
	}
}

void
extension_put_access(struct buf *out, struct str_list ocsp, struct str_list issuers)
{
	struct extension_mark m;
	size_t sequence;

	if (ocsp.count == 0 && issuers.count == 0)
		return;
	m = extension_open(out, OID_ACCESS, false);
	sequence = der_open(out, DER_SEQUENCE);
	put_access(out, AD("\x01"), ocsp);
	put_access(out, AD("\x02"), issuers);
	der_close(out, sequence);
	extension_close(out, m);
}

/* Each URL a DistributionPoint { [0] { [0] fullName } }. */
void
extension_put_crl_urls(struct buf *out, struct str_list urls)
{
	struct extension_mark m;
	size_t sequence;

	if (urls.count == 0)
		return;
	m = extension_open(out, OID_CRL_URLS, false);
	sequence = der_open(out, DER_SEQUENCE);
	for (unsigned i = 0; i < urls.count; i++) {
		size_t point = der_open(out, DER_SEQUENCE);
		size_t name = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 0);
		size_t full = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 0);

		der_put(out, URI_NAME, urls.at[i]);
		der_close(out, full);
		der_close(out, name);
		der_close(out, point);
	}
	der_close(out, sequence);
	extension_close(out, m);
}
