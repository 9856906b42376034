/*
 * Reading certificates.  Runs in the keeper, also on what callers hand in.
 */
#include "policy/certificate_read.h"

#include "policy/certificate.h"
#include "policy/der.h"
#include "policy/extension_write.h"

#define CERTIFICATE_MOST (64 * 1024)
#define CRL_SIGN_BIT 0x02 /* in the first octet of keyUsage */

static int
malformed(const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, "certificate: its %s is malformed", what);
}

static struct str
octets(struct der d)
{
	return (struct str){(const char *)d.at, d.left};
}

static int
read_constraints(struct certificate_view *v, struct der value, struct error *err)
{
	struct der sequence, length;

	if (!der_take(&value, DER_SEQUENCE, &sequence) || !der_done(&value) ||
	    !der_take_default_false(&sequence, &v->is_ca))
		return malformed("basicConstraints", err);
	if (der_done(&sequence))
		return 0;
	if (!der_take_integer(&sequence, &length) || !der_done(&sequence) || length.left > 2 ||
	    length.at[0] >= 0x80)
		return malformed("basicConstraints", err);
	v->path_length = length.at[0];
	if (length.left == 2)
		v->path_length = v->path_length << 8 | length.at[1];
	return 0;
}

static int
read_usage(struct certificate_view *v, struct der value, struct error *err)
{
	struct der bits;
	unsigned unused;

	if (!der_take_bits(&value, &bits, &unused) || !der_done(&value))
		return malformed("keyUsage", err);
	v->signs_lists = bits.left > 0 && (bits.at[0] & CRL_SIGN_BIT) != 0;
	return 0;
}

static int
read_extension(struct certificate_view *v, struct str oid, struct der value, struct error *err)
{
	struct der key;

	if (str_is(oid, OID_BASIC_CONSTRAINTS))
		return read_constraints(v, value, err);
	if (str_is(oid, OID_KEY_USAGE))
		return read_usage(v, value, err);
	if (!str_is(oid, OID_SUBJECT_KEY))
		return 0;
	if (!der_take(&value, DER_OCTET_STRING, &key) || !der_done(&value))
		return malformed("subjectKeyIdentifier", err);
	v->key = octets(key);
	return 0;
}

static int
read_extensions(struct certificate_view *v, struct der tbs, struct error *err)
{
	struct der tagged, list, extension, value;
	struct str oid;
	bool critical;

	if (der_done(&tbs))
		return 0;
	if (!der_take(&tbs, DER_CONTEXT | DER_CONSTRUCTED | 3, &tagged) || !der_done(&tbs) ||
	    !der_take(&tagged, DER_SEQUENCE, &list) || !der_done(&tagged))
		return malformed("list of extensions", err);
	while (!der_done(&list)) {
		if (!der_take(&list, DER_SEQUENCE, &extension) ||
		    !der_take_oid(&extension, &oid) ||
		    !der_take_default_false(&extension, &critical) ||
		    !der_take(&extension, DER_OCTET_STRING, &value) || !der_done(&extension))
			return malformed("list of extensions", err);
		if (read_extension(v, oid, value, err) != 0)
			return -1;
	}
	return 0;
}

static bool
take_sequence(struct der *d, struct str *whole)
{
	struct der content;
	unsigned tag;

	return der_take_any(d, &tag, &content, whole) && tag == DER_SEQUENCE;
}

static int
read_tbs(struct certificate_view *v, struct der tbs, struct error *err)
{
	struct der version, number, validity;
	struct str algorithm;

	if (der_next(&tbs, DER_CONTEXT | DER_CONSTRUCTED | 0) &&
	    !der_take(&tbs, DER_CONTEXT | DER_CONSTRUCTED | 0, &version))
		return malformed("version", err);
	if (!der_take_integer(&tbs, &number) || number.at[0] >= 0x80)
		return malformed("serial number", err);
	if (number.left > 1 && number.at[0] == 0)
		number = der_of(number.at + 1, number.left - 1);
	v->serial = octets(number);
	if (number.left > SERIAL_BYTES)
		return malformed("serial number", err);
	if (!take_sequence(&tbs, &algorithm) || !take_sequence(&tbs, &v->issuer))
		return malformed("issuer", err);
	if (!der_take(&tbs, DER_SEQUENCE, &validity) ||
	    !der_take_time(&validity, &v->not_before) ||
	    !der_take_time(&validity, &v->not_after) || !der_done(&validity))
		return malformed("validity", err);
	if (!take_sequence(&tbs, &v->subject) || !take_sequence(&tbs, &v->spki))
		return malformed("subject or key", err);
	return read_extensions(v, tbs, err);
}

int
certificate_read(struct str der, struct certificate_view *v, struct error *err)
{
	struct der whole = der_of(der.at, der.len), certificate, tbs;

	if (der.len > CERTIFICATE_MOST)
		return error_set(
		    err, ERR_INVALID, "certificate: over %d bytes", CERTIFICATE_MOST);
	*v = (struct certificate_view){.path_length = PATH_UNLIMITED, .signs_lists = true};
	if (!der_take(&whole, DER_SEQUENCE, &certificate) || !der_done(&whole) ||
	    !der_take(&certificate, DER_SEQUENCE, &tbs))
		return error_set(err, ERR_INVALID, "certificate: it is not one in DER");
	return read_tbs(v, tbs, err);
}
