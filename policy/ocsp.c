/*
 * OCSP.  Runs in the keeper on bytes of strangers.
 */
#include "policy/ocsp.h"

#include <openssl/evp.h>
#include <string.h>

#include "policy/certificate.h"
#include "policy/der_write.h"
#include "policy/extension_write.h"

#define OID_SHA1 "\x2b\x0e\x03\x02\x1a"
#define OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define OID_BASIC "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"
#define OID_NONCE "\x2b\x06\x01\x05\x05\x07\x30\x01\x02"
#define ENUMERATED 0x0a
#define TAGGED(n) (DER_CONTEXT | DER_CONSTRUCTED | (n))
#define NONCE_MOST 128
#define HASH_MOST 32

/* ---- requests ---- */

static int
malformed(struct error *err)
{
	return error_set(err, ERR_INVALID, "the OCSP request is malformed");
}

static struct str
octets(struct der d)
{
	return (struct str){(const char *)d.at, d.left};
}

/* CertID */
static int
read_id(struct der id, struct ocsp_question *q, struct error *err)
{
	struct der algorithm, name, key, serial, nothing;
	struct str oid;

	if (!der_take(&id, DER_SEQUENCE, &algorithm) || !der_take_oid(&algorithm, &oid) ||
	    !(der_done(&algorithm) ||
		(der_take(&algorithm, DER_NULL, &nothing) && der_done(&algorithm))) ||
	    !der_take(&id, DER_OCTET_STRING, &name) || !der_take(&id, DER_OCTET_STRING, &key) ||
	    !der_take_integer(&id, &serial) || !der_done(&id))
		return malformed(err);
	q->sha256 = str_is(oid, OID_SHA256);
	if (!q->sha256 && !str_is(oid, OID_SHA1))
		return error_set(
		    err, ERR_INVALID, "the OCSP request hashes by an unknown algorithm");
	if (serial.left > 1 && serial.at[0] == 0)
		serial = der_of(serial.at + 1, serial.left - 1);
	q->name_hash = octets(name);
	q->key_hash = octets(key);
	q->serial = octets(serial);
	return 0;
}

static int
read_list(struct der list, struct ocsp_request *r, struct error *err)
{
	struct der request, id, extensions;
	unsigned tag;

	while (!der_done(&list)) {
		struct ocsp_question *q = &r->asked[r->count];

		if (r->count == OCSP_ASKED)
			return error_set(err, ERR_INVALID,
			    "the OCSP request asks about more than %d certificates",
			    OCSP_ASKED);
		if (!der_take(&list, DER_SEQUENCE, &request) ||
		    !der_take_any(&request, &tag, &id, &q->id) || tag != DER_SEQUENCE ||
		    !(der_done(&request) ||
			(der_take(&request, TAGGED(0), &extensions) && der_done(&request))))
			return malformed(err);
		if (read_id(id, q, err) != 0)
			return -1;
		r->count++;
	}
	return r->count > 0 ? 0 : malformed(err);
}

static int
read_extensions(struct der tagged, struct ocsp_request *r, struct error *err)
{
	struct der list, extension, value;
	struct str oid;
	bool critical;

	if (!der_take(&tagged, DER_SEQUENCE, &list) || !der_done(&tagged))
		return malformed(err);
	while (!der_done(&list)) {
		if (!der_take(&list, DER_SEQUENCE, &extension) ||
		    !der_take_oid(&extension, &oid) ||
		    !der_take_default_false(&extension, &critical) ||
		    !der_take(&extension, DER_OCTET_STRING, &value) || !der_done(&extension))
			return malformed(err);
		if (str_is(oid, OID_NONCE) && value.left <= NONCE_MOST)
			r->nonce = octets(value);
	}
	return 0;
}

int
ocsp_read(struct str der, struct ocsp_request *r, struct error *err)
{
	struct der whole = der_of(der.at, der.len), request, tbs, list, part;

	memset(r, 0, sizeof(*r));
	if (!der_take(&whole, DER_SEQUENCE, &request) || !der_done(&whole) ||
	    !der_take(&request, DER_SEQUENCE, &tbs) ||
	    !(der_done(&request) ||
		(der_take(&request, TAGGED(0), &part) && der_done(&request))))
		return malformed(err);
	/* Version (1, the default) and the requestor's name say nothing here. */
	for (unsigned n = 0; n < 2; n++)
		if (der_next(&tbs, TAGGED(n)) && !der_take(&tbs, TAGGED(n), &part))
			return malformed(err);
	if (!der_take(&tbs, DER_SEQUENCE, &list))
		return malformed(err);
	if (read_list(list, r, err) != 0)
		return -1;
	if (der_done(&tbs))
		return 0;
	if (!der_take(&tbs, TAGGED(2), &part) || !der_done(&tbs))
		return malformed(err);
	return read_extensions(part, r, err);
}

/* ---- whose certificates ---- */

static bool
is_hash(const struct ocsp_question *q, struct str hash, struct str of)
{
	unsigned char sum[HASH_MOST];
	unsigned len = 0;

	if (EVP_Digest(of.at, of.len, sum, &len, q->sha256 ? EVP_sha256() : EVP_sha1(), NULL) !=
	    1)
		fatal("OpenSSL does not hash");
	return hash.len == len && memcmp(hash.at, sum, len) == 0;
}

bool
ocsp_is_about(const struct ocsp_question *q, struct str issuer, struct str issuer_spki)
{
	struct der whole = der_of(issuer_spki.at, issuer_spki.len), spki, algorithm, bits;
	unsigned unused;

	return der_take(&whole, DER_SEQUENCE, &spki) &&
	       der_take(&spki, DER_SEQUENCE, &algorithm) &&
	       der_take_bits(&spki, &bits, &unused) && is_hash(q, q->name_hash, issuer) &&
	       is_hash(q, q->key_hash, octets(bits));
}

/* ---- answers ---- */

static void
put_verdict(const struct ocsp_answer *a, struct buf *out)
{
	size_t revoked;

	switch (a->verdict) {
	case OCSP_GOOD:
		der_put(out, DER_CONTEXT | 0, str_of(""));
		return;
	case OCSP_REVOKED:
		revoked = der_open(out, TAGGED(1));
		der_put_generalized_time(out, a->since);
		der_close(out, revoked);
		return;
	case OCSP_UNKNOWN:
		der_put(out, DER_CONTEXT | 2, str_of(""));
		return;
	}
}

static void
put_single(const struct ocsp_reply *r, unsigned i, struct buf *out)
{
	size_t single = der_open(out, DER_SEQUENCE), until;

	buf_put_str(out, r->request->asked[i].id);
	put_verdict(&r->answers[i], out);
	der_put_generalized_time(out, r->now);
	until = der_open(out, TAGGED(0));
	der_put_generalized_time(out, r->until);
	der_close(out, until);
	der_close(out, single);
}

static void
put_nonce(struct str nonce, struct buf *out)
{
	size_t tagged = der_open(out, TAGGED(1)), list = der_open(out, DER_SEQUENCE);
	struct extension_mark m = extension_open(out, OID_NONCE, false);

	buf_put_str(out, nonce);
	extension_close(out, m);
	der_close(out, list);
	der_close(out, tagged);
}

void
ocsp_put_data(const struct ocsp_reply *r, struct buf *out)
{
	size_t data = der_open(out, DER_SEQUENCE), part, octet_string;

	part = der_open(out, TAGGED(2));
	octet_string = der_open(out, DER_OCTET_STRING);
	key_identifier(r->responder_spki, out);
	der_close(out, octet_string);
	der_close(out, part);
	der_put_generalized_time(out, r->now);
	part = der_open(out, DER_SEQUENCE);
	for (unsigned i = 0; i < r->request->count; i++)
		put_single(r, i, out);
	der_close(out, part);
	if (r->request->nonce.at != NULL)
		put_nonce(r->request->nonce, out);
	der_close(out, data);
}

void
ocsp_put_response(struct str basic, struct buf *out)
{
	size_t response = der_open(out, DER_SEQUENCE), tagged, bytes;

	der_put(out, ENUMERATED, (struct str){"\0", 1});
	tagged = der_open(out, TAGGED(0));
	bytes = der_open(out, DER_SEQUENCE);
	der_put_oid(out, str_of(OID_BASIC));
	der_put(out, DER_OCTET_STRING, basic);
	der_close(out, bytes);
	der_close(out, tagged);
	der_close(out, response);
}

void
ocsp_put_failure(enum ocsp_failure why, struct buf *out)
{
	size_t response = der_open(out, DER_SEQUENCE);
	char octet = (char)why;

	der_put(out, ENUMERATED, (struct str){&octet, 1});
	der_close(out, response);
}
