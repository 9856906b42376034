/*
 * A leaf's extensions (RFC 5280 §4.2, SPIFFE X.509-SVID §4), contracts in leaf.h.  Runs in gate
 * and keeper on bytes of strangers.
 * Security: the one place where an identity is taken from a certificate: its single URI name.
 */
#include <string.h>

#include "policy/leaf.h"

#define EXTENSIONS_MAX 64

#define KEY_USAGE_BITS 9
#define OID_CLIENT_AUTH "\x2b\x06\x01\x05\x05\x07\x03\x02"

/* Arcs of RFC 5280's own extensions: id-ce and id-pe. */
#define ARC_CE "\x55\x1d"
#define ARC_PE "\x2b\x06\x01\x05\x05\x07\x01"

static struct str
str_of_der(struct der d)
{
	return (struct str){(const char *)d.at, d.left};
}

static int
malformed(const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, "certificate: its %s is malformed", what);
}

static int
read_basic_constraints(struct leaf *l, struct der value, bool critical, struct error *err)
{
	struct der sequence;
	bool ca;

	(void)l, (void)critical;
	if (!der_take(&value, DER_SEQUENCE, &sequence) || !der_done(&value) ||
	    !der_take_default_false(&sequence, &ca))
		return malformed("basicConstraints", err);
	if (ca)
		return error_set(
		    err, ERR_INVALID, "certificate: it is a CA's, a SPIFFE leaf has CA false");
	if (!der_done(&sequence))
		return error_set(
		    err, ERR_INVALID, "certificate: a path length belongs to a CA only");
	return 0;
}

static int
read_key_usage(struct leaf *l, struct der value, bool critical, struct error *err)
{
	struct der octets;
	unsigned unused, bits;

	/* A named bit list ends with its last one bit (X.690 §11.2.2). */
	if (!der_take_bits(&value, &octets, &unused) || !der_done(&value) ||
	    octets.left * 8 > KEY_USAGE_BITS + unused ||
	    (octets.left > 0 && (octets.at[octets.left - 1] >> unused & 1) == 0))
		return malformed("keyUsage", err);
	if (!critical)
		return error_set(err, ERR_INVALID, "certificate: its keyUsage is not critical");
	bits = octets.left > 0 ? octets.at[0] : 0;
	if ((bits & 0x80) == 0)
		return error_set(
		    err, ERR_INVALID, "certificate: its keyUsage lacks digitalSignature");
	if ((bits & 0x06) != 0)
		return error_set(err, ERR_INVALID,
		    "certificate: its keyUsage has keyCertSign or cRLSign, a leaf has neither");
	l->signs_data = true;
	return 0;
}

static int
read_extended_usage(struct leaf *l, struct der value, bool critical, struct error *err)
{
	struct der sequence;
	struct str oid;
	bool client = false;

	(void)l, (void)critical;
	if (!der_take(&value, DER_SEQUENCE, &sequence) || !der_done(&value) ||
	    der_done(&sequence))
		return malformed("extendedKeyUsage", err);
	while (!der_done(&sequence)) {
		if (!der_take_oid(&sequence, &oid))
			return malformed("extendedKeyUsage", err);
		client = client || str_is(oid, OID_CLIENT_AUTH);
	}
	if (!client)
		return error_set(
		    err, ERR_INVALID, "certificate: its extendedKeyUsage lacks clientAuth");
	return 0;
}

static int
read_spiffe_id(struct leaf *l, struct str uri, struct error *err)
{
	struct str rest;

	if (l->id->uri.count != 0)
		return error_set(err, ERR_INVALID,
		    "certificate: two URI names, a SPIFFE leaf has exactly one");
	if (spiffe_check(uri, err) != 0)
		return error_prefix(err, "certificate: ");
	l->id->id = uri;
	str_cut(str_from(uri, strlen("spiffe://")), '/', &l->id->trust_domain, &rest);
	l->id->path = (struct str){rest.at - 1, rest.len + 1};
	return leaf_add(&l->id->uri, uri, "URI names", err);
}

/* The names that are text, and where they go. */
static int
keep_name(struct leaf *l, unsigned tag, struct str name, struct error *err)
{
	if (tag != (DER_CONTEXT | 1) && tag != (DER_CONTEXT | 2) && tag != (DER_CONTEXT | 6))
		return 0;
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] < 0x21 || name.at[i] > 0x7e)
			return error_set(err, ERR_INVALID,
			    "certificate: an alternative name is not printable ASCII");
	if (tag == (DER_CONTEXT | 1))
		return leaf_add(&l->id->email, name, "e-mail names", err);
	if (tag == (DER_CONTEXT | 2))
		return leaf_add(&l->id->dns, name, "DNS names", err);
	return read_spiffe_id(l, name, err);
}

/* GeneralName's alternatives and their tags: those of a structure are constructed. */
static bool
is_general_name(unsigned tag)
{
	static const uint8_t tags[] = {0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88};
	unsigned number = tag & 0x1f;

	return number < sizeof(tags) && tags[number] == tag;
}

static int
read_alternative_names(struct leaf *l, struct der value, bool critical, struct error *err)
{
	struct der sequence, name;
	unsigned tag;

	if (!der_take(&value, DER_SEQUENCE, &sequence) || !der_done(&value) ||
	    der_done(&sequence))
		return malformed("subjectAltName", err);
	if (l->nameless && !critical)
		return error_set(err, ERR_INVALID,
		    "certificate: its subject is empty and its subjectAltName not critical");
	while (!der_done(&sequence)) {
		if (!der_take_any(&sequence, &tag, &name, NULL) || !is_general_name(tag))
			return malformed("subjectAltName", err);
		if (keep_name(l, tag, str_of_der(name), err) != 0)
			return -1;
	}
	return 0;
}

static int
read_subject_key(struct leaf *l, struct der value, bool critical, struct error *err)
{
	struct der key;

	(void)critical;
	if (!der_take(&value, DER_OCTET_STRING, &key) || !der_done(&value))
		return malformed("subjectKeyIdentifier", err);
	l->id->subject_key = leaf_hex(l, key);
	return 0;
}

static int
read_authority_key(struct leaf *l, struct der value, bool critical, struct error *err)
{
	static const unsigned tags[] = {0x80, 0xa1, 0x82}; /* key, issuer, serial */
	struct der sequence, field;

	(void)critical;
	if (!der_take(&value, DER_SEQUENCE, &sequence) || !der_done(&value))
		return malformed("authorityKeyIdentifier", err);
	for (unsigned i = 0; i < 3; i++) {
		if (!der_next(&sequence, tags[i]))
			continue;
		if (!der_take(&sequence, tags[i], &field))
			return malformed("authorityKeyIdentifier", err);
		if (i == 0)
			l->id->authority_key = leaf_hex(l, field);
	}
	return der_done(&sequence) ? 0 : malformed("authorityKeyIdentifier", err);
}

/* Any other: kept for roles that ask for it; its text, when it is one ASN.1 string. */
static int
keep_other(struct leaf *l, struct str oid, struct der value, struct error *err)
{
	struct identity *id = l->id;
	struct extension *e = &id->extensions[id->extension_count];
	struct der rest = value, text;
	size_t room = oid.len * 4 + 4;
	unsigned tag;
	char *dotted;

	if (str_starts(oid, ARC_CE) || str_starts(oid, ARC_PE))
		return 0;
	if (id->extension_count == IDENTITY_NAMES)
		return error_set(err, ERR_INVALID, "certificate: over %d unknown extensions",
		    IDENTITY_NAMES);
	dotted = leaf_text(l, room);
	e->oid = (struct str){dotted, der_format_oid(oid, dotted, room)};
	if (e->oid.len == 0)
		return error_set(
		    err, ERR_INVALID, "certificate: an extension's OID is too large");
	e->value = str_of_der(value);
	if (der_take_any(&rest, &tag, &text, NULL) && der_done(&rest) &&
	    (tag == DER_UTF8 || tag == DER_PRINTABLE || tag == DER_IA5))
		e->value = str_of_der(text);
	id->extension_count++;
	return 0;
}

/* Extensions that are understood.  Those not to be marked critical never are (RFC 5280). */
static const struct {
	const char *oid;
	bool critical;
	int (*read)(struct leaf *l, struct der value, bool critical, struct error *err);
} known[] = {
    {ARC_CE "\x13", true, read_basic_constraints},
    {ARC_CE "\x0f", true, read_key_usage},
    {ARC_CE "\x25", true, read_extended_usage},
    {ARC_CE "\x11", true, read_alternative_names},
    {ARC_CE "\x0e", false, read_subject_key},
    {ARC_CE "\x23", false, read_authority_key},
};

static int
read_extension(
    struct leaf *l, struct str oid, struct der value, bool critical, struct error *err)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_is(oid, known[i].oid))
			continue;
		if (critical && !known[i].critical)
			break;
		return known[i].read(l, value, critical, err);
	}
	if (critical)
		return error_set(err, ERR_INVALID,
		    "certificate: a critical extension that is not understood");
	return keep_other(l, oid, value, err);
}

int
extensions_read(struct der extensions, struct leaf *l, struct error *err)
{
	struct str seen[EXTENSIONS_MAX];
	struct der extension, value;
	bool critical;

	if (der_done(&extensions))
		return error_set(err, ERR_INVALID, "certificate: an empty list of extensions");
	for (unsigned n = 0; !der_done(&extensions); n++) {
		if (n == EXTENSIONS_MAX)
			return error_set(err, ERR_INVALID, "certificate: over %d extensions",
			    EXTENSIONS_MAX);
		if (!der_take(&extensions, DER_SEQUENCE, &extension) ||
		    !der_take_oid(&extension, &seen[n]) ||
		    !der_take_default_false(&extension, &critical) ||
		    !der_take(&extension, DER_OCTET_STRING, &value) || !der_done(&extension))
			return error_set(err, ERR_INVALID, "certificate: malformed extensions");
		for (unsigned i = 0; i < n; i++)
			if (str_equal(seen[i], seen[n]))
				return error_set(
				    err, ERR_INVALID, "certificate: an extension occurs twice");
		if (read_extension(l, seen[n], value, critical, err) != 0)
			return -1;
	}
	if (!l->signs_data)
		return error_set(err, ERR_INVALID, "certificate: it has no keyUsage");
	if (l->id->uri.count == 0)
		return error_set(err, ERR_INVALID,
		    "certificate: no URI name, a SPIFFE leaf has exactly one");
	return 0;
}
