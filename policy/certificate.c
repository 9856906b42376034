/*
 * Certificates and requests, written out.  Runs in the keeper; every field was checked before.
 */
#include "policy/certificate.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/der_write.h"
#include "policy/extension_write.h"
#include "policy/usage.h"

#define VERSION_3 2
#define KEY_IDENTIFIER 20
#define OID_EXTENSION_REQUEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e" /* PKCS #9 */

void
serial_new(uint8_t serial[SERIAL_BYTES])
{
	random_bytes(serial, SERIAL_BYTES);
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
}

void
serial_format(struct str octets, struct buf *out)
{
	for (size_t i = 0; i < octets.len; i++)
		buf_printf(out, "%s%02x", i > 0 ? ":" : "", (uint8_t)octets.at[i]);
}

bool
serial_parse(struct str text, struct buf *out)
{
	size_t before = out->len;
	bool good = text.len > 0 && text.len <= 3 * SERIAL_BYTES - 1 && text.len % 3 == 2;

	for (size_t i = 0; good && i < text.len; i += 3)
		good = hex_decode(out, (struct str){text.at + i, 2}) &&
		       (i + 2 == text.len || text.at[i + 2] == ':' || text.at[i + 2] == '-');
	if (!good)
		out->len = before;
	return good;
}

void
key_identifier(struct str spki, struct buf *out)
{
	struct der sequence = der_of(spki.at, spki.len), content, algorithm, bits;
	unsigned unused;

	if (!der_take(&sequence, DER_SEQUENCE, &content) ||
	    !der_take(&content, DER_SEQUENCE, &algorithm) ||
	    !der_take_bits(&content, &bits, &unused) ||
	    EVP_Digest(bits.at, bits.left, buf_reserve(out, KEY_IDENTIFIER), NULL, EVP_sha1(),
		NULL) != 1)
		fatal("a public key without its bits");
	out->len += KEY_IDENTIFIER;
}

/* ---- extensions ---- */

static void
put_constraints(const struct certificate *c, struct buf *out)
{
	struct extension_mark m = extension_open(out, OID_BASIC_CONSTRAINTS, true);
	size_t sequence = der_open(out, DER_SEQUENCE);

	if (c->is_ca)
		der_put_true(out);
	if (c->is_ca && c->path_length != PATH_UNLIMITED)
		der_put_small(out, (uint64_t)c->path_length);
	der_close(out, sequence);
	extension_close(out, m);
}

static void
put_usage(unsigned usage, struct buf *out)
{
	struct extension_mark m = extension_open(out, OID_KEY_USAGE, true);

	der_put_named_bits(out, usage);
	extension_close(out, m);
}

static void
put_oids(struct str_list oids, struct buf *out)
{
	for (unsigned i = 0; i < oids.count; i++)
		der_put_oid(out, oids.at[i]);
}

static void
put_purposes(const struct certificate *c, struct buf *out)
{
	struct extension_mark m = extension_open(out, OID_EXTENDED_USAGE, false);
	size_t sequence = der_open(out, DER_SEQUENCE);

	usage_put_purposes(c->purposes, out);
	put_oids(c->more_purposes, out);
	der_close(out, sequence);
	extension_close(out, m);
}

static void
put_policies(struct str_list policies, struct buf *out)
{
	struct extension_mark m = extension_open(out, OID_POLICIES, false);
	size_t sequence = der_open(out, DER_SEQUENCE), information;

	for (unsigned i = 0; i < policies.count; i++) {
		information = der_open(out, DER_SEQUENCE);
		der_put_oid(out, policies.at[i]);
		der_close(out, information);
	}
	der_close(out, sequence);
	extension_close(out, m);
}

/* permittedSubtrees [0] of DNS names (RFC 5280 §4.2.1.10). */
static void
put_permitted(struct str_list names, struct buf *out)
{
	struct extension_mark m = extension_open(out, OID_NAME_CONSTRAINTS, true);
	size_t sequence = der_open(out, DER_SEQUENCE);
	size_t permitted = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 0), subtree;

	for (unsigned i = 0; i < names.count; i++) {
		subtree = der_open(out, DER_SEQUENCE);
		der_put(out, DER_CONTEXT | 2, names.at[i]);
		der_close(out, subtree);
	}
	der_close(out, permitted);
	der_close(out, sequence);
	extension_close(out, m);
}

static void
put_names(const struct certificate *c, struct buf *out)
{
	/* Without a subject the names are all there is (RFC 5280 §4.2.1.6). */
	bool nameless = c->subject.len == 2;
	struct extension_mark m = extension_open(out, OID_ALTERNATIVE_NAMES, nameless);

	san_put(c->names, out);
	extension_close(out, m);
}

static void
put_extensions(const struct certificate *c, struct buf *out)
{
	size_t tagged = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 3);
	size_t list = der_open(out, DER_SEQUENCE);

	if (c->usage != 0)
		put_usage(c->usage, out);
	if (c->purposes != 0 || c->more_purposes.count > 0)
		put_purposes(c, out);
	if (c->is_ca || c->says_leaf)
		put_constraints(c, out);
	extension_put_subject_key(out, c->spki);
	extension_put_authority_key(out, c->issuer_key, c->issuer_spki);
	if (c->names != NULL && !san_empty(c->names))
		put_names(c, out);
	extension_put_access(out, c->ocsp_urls, c->ca_urls);
	extension_put_crl_urls(out, c->crl_urls);
	if (c->policies.count > 0)
		put_policies(c->policies, out);
	if (c->permitted_dns.count > 0)
		put_permitted(c->permitted_dns, out);
	buf_put_str(out, c->extensions);
	der_close(out, list);
	der_close(out, tagged);
}

/* ---- what is signed ---- */

void
certificate_put(const struct certificate *c, struct buf *out)
{
	size_t tbs = der_open(out, DER_SEQUENCE);
	size_t part = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 0);

	der_put_small(out, VERSION_3);
	der_close(out, part);
	der_put_positive(out, c->serial);
	buf_put_str(out, c->algorithm);
	buf_put_str(out, c->issuer);
	part = der_open(out, DER_SEQUENCE);
	der_put_time(out, c->not_before);
	der_put_time(out, c->not_after);
	der_close(out, part);
	buf_put_str(out, c->subject);
	buf_put_str(out, c->spki);
	put_extensions(c, out);
	der_close(out, tbs);
}

static void
put_extension_request(const struct san *names, struct buf *out)
{
	size_t attribute = der_open(out, DER_SEQUENCE), set, list;
	struct extension_mark m;

	der_put_oid(out, str_of(OID_EXTENSION_REQUEST));
	set = der_open(out, DER_SET);
	list = der_open(out, DER_SEQUENCE);
	m = extension_open(out, OID_ALTERNATIVE_NAMES, false);
	san_put(names, out);
	extension_close(out, m);
	der_close(out, list);
	der_close(out, set);
	der_close(out, attribute);
}

void
request_put(struct str subject, struct str spki, const struct san *names, struct buf *out)
{
	size_t info = der_open(out, DER_SEQUENCE), attributes;

	der_put_small(out, 0);
	buf_put_str(out, subject);
	buf_put_str(out, spki);
	attributes = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 0);
	if (!san_empty(names))
		put_extension_request(names, out);
	der_close(out, attributes);
	der_close(out, info);
}

static void
put_entries(const struct revocation_list *l, struct buf *out)
{
	size_t list = der_open(out, DER_SEQUENCE);

	for (size_t i = 0; i < l->count; i++) {
		size_t entry = der_open(out, DER_SEQUENCE);

		der_put_positive(out, l->entries[i].serial);
		der_put_time(out, l->entries[i].since);
		der_close(out, entry);
	}
	der_close(out, list);
}

void
revocation_list_put(const struct revocation_list *l, struct buf *out)
{
	size_t tbs = der_open(out, DER_SEQUENCE), tagged, list;
	struct extension_mark m;

	der_put_small(out, 1);
	buf_put_str(out, l->algorithm);
	buf_put_str(out, l->issuer);
	der_put_time(out, l->this_update);
	der_put_time(out, l->next_update);
	/* An empty list must be absent (RFC 5280 §5.1.2.6). */
	if (l->count > 0)
		put_entries(l, out);
	tagged = der_open(out, DER_CONTEXT | DER_CONSTRUCTED | 0);
	list = der_open(out, DER_SEQUENCE);
	extension_put_authority_key(out, l->issuer_key, l->issuer_spki);
	m = extension_open(out, OID_CRL_NUMBER, false);
	der_put_small(out, l->number);
	extension_close(out, m);
	der_close(out, list);
	der_close(out, tagged);
	der_close(out, tbs);
}

void
signed_put(struct str part, struct str algorithm, struct str signature, struct buf *out)
{
	size_t whole = der_open(out, DER_SEQUENCE);

	buf_put_str(out, part);
	buf_put_str(out, algorithm);
	der_put_octet_bits(out, signature);
	der_close(out, whole);
}
