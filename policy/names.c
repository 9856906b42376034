/*
 * The names in a certificate (RFC 5280 §4.1.2.4), contracts in leaf.h.  Runs in gate and keeper
 * on names that strangers chose.
 * Security: no identity comes from here; a common name only ever narrows a role.
 */
#include <string.h>

#include "base/text.h"
#include "policy/leaf.h"

#define OID_COMMON_NAME "\x55\x04\x03"
#define OID_UNIT "\x55\x04\x0b"

static bool
is_oid(struct str oid, const char *octets)
{
	return oid.len == strlen(octets) && memcmp(oid.at, octets, oid.len) == 0;
}

/* Keep what roles can ask for of one attribute of the subject. */
static int
keep(struct leaf *l, struct str oid, unsigned tag, struct str value, struct error *err)
{
	bool common = is_oid(oid, OID_COMMON_NAME);

	if (!common && !is_oid(oid, OID_UNIT))
		return 0;
	if ((tag != DER_UTF8 && tag != DER_PRINTABLE && tag != DER_IA5) || !utf8_valid(value) ||
	    !utf8_printable(value))
		return error_set(err, ERR_INVALID,
		    "certificate: a name of the subject is not printable UTF-8");
	if (!common)
		return leaf_add(&l->id->units, value, "organizational units", err);
	if (l->id->common_name.at != NULL)
		return error_set(err, ERR_INVALID, "certificate: two common names");
	l->id->common_name = value;
	return 0;
}

/* SET OF orders its elements by their octets (X.690 §11.6). */
static bool
ascends(struct str before, struct str after)
{
	return str_compare(before, after) <= 0;
}

/* One RelativeDistinguishedName.  l is NULL for the issuer's. */
static int
read_relative(struct der set, struct leaf *l, struct error *err)
{
	struct str before = {NULL, 0}, whole, oid;
	struct der pair, value;
	unsigned tag;

	if (der_done(&set))
		goto malformed;
	for (; !der_done(&set); before = whole) {
		if (!der_take_any(&set, &tag, &pair, &whole) || tag != DER_SEQUENCE ||
		    !ascends(before, whole) || !der_take_oid(&pair, &oid) ||
		    !der_take_any(&pair, &tag, &value, NULL) || !der_done(&pair))
			goto malformed;
		if (l != NULL &&
		    keep(l, oid, tag, (struct str){(const char *)value.at, value.left}, err) !=
			0)
			return -1;
	}
	return 0;
malformed:
	return error_set(err, ERR_INVALID, "certificate: a name is malformed");
}

static int
read_name(struct der name, struct leaf *l, struct error *err)
{
	struct der set;

	while (!der_done(&name)) {
		if (!der_take(&name, DER_SET, &set))
			return error_set(err, ERR_INVALID, "certificate: a name is malformed");
		if (read_relative(set, l, err) != 0)
			return -1;
	}
	return 0;
}

int
names_check_issuer(struct der name, struct error *err)
{
	if (der_done(&name))
		return error_set(err, ERR_INVALID, "certificate: its issuer has no name");
	return read_name(name, NULL, err);
}

int
names_read_subject(struct der name, struct leaf *l, struct error *err)
{
	l->nameless = der_done(&name);
	return read_name(name, l, err);
}
