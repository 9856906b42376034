/*
 * Names of certificates that are issued.  Runs in the keeper; requests are strangers' bytes.
 */
#include "policy/subject.h"

#include "base/text.h"
#include "policy/der_write.h"

/* Attribute types: their octets below id-at, and user id by its own arc (RFC 4519 §2.39). */
#define AT(arc) "\x55\x04" arc
#define OID_COMMON_NAME AT("\x03")
#define OID_SERIAL_NUMBER AT("\x05")
#define OID_USER_ID "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"

static void
put_one(struct buf *out, const char *oid, struct str value)
{
	size_t set, pair;

	if (value.len == 0)
		return;
	set = der_open(out, DER_SET);
	pair = der_open(out, DER_SEQUENCE);
	der_put_oid(out, str_of(oid));
	der_put_string(out, value);
	der_close(out, pair);
	der_close(out, set);
}

static void
put_list(struct buf *out, const char *oid, struct str_list values)
{
	for (unsigned i = 0; i < values.count; i++)
		put_one(out, oid, values.at[i]);
}

void
subject_put(const struct subject *s, struct buf *out)
{
	size_t name = der_open(out, DER_SEQUENCE);

	put_list(out, AT("\x06"), s->country);
	put_list(out, AT("\x0a"), s->organization);
	put_list(out, AT("\x0b"), s->ou);
	put_list(out, AT("\x07"), s->locality);
	put_list(out, AT("\x08"), s->province);
	put_list(out, AT("\x09"), s->street_address);
	put_list(out, AT("\x11"), s->postal_code);
	put_one(out, OID_COMMON_NAME, s->common_name);
	put_one(out, OID_SERIAL_NUMBER, s->serial_number);
	put_list(out, OID_USER_ID, s->user_ids);
	der_close(out, name);
}

/* Strings of other types are left to who reads them. */
static bool
is_fit(unsigned tag, struct str text)
{
	return (tag != DER_UTF8 && tag != DER_PRINTABLE && tag != DER_IA5) ||
	       (utf8_valid(text) && utf8_printable(text));
}

static int
read_pair(
    struct der pair, struct str *common_name, struct str *serial_number, struct error *err)
{
	struct str oid, text, *to;
	struct der value;
	unsigned tag;

	if (!der_take_oid(&pair, &oid) || !der_take_any(&pair, &tag, &value, NULL) ||
	    !der_done(&pair))
		return error_set(err, ERR_INVALID, "a name in it is malformed");
	text = (struct str){(const char *)value.at, value.left};
	to = str_is(oid, OID_COMMON_NAME)     ? common_name
	     : str_is(oid, OID_SERIAL_NUMBER) ? serial_number
					      : NULL;
	if (!is_fit(tag, text))
		return error_set(err, ERR_INVALID, "a name in it is not printable UTF-8");
	if (to == NULL)
		return 0;
	if (to->at != NULL)
		return error_set(err, ERR_INVALID, "its subject names one attribute twice");
	if (tag != DER_UTF8 && tag != DER_PRINTABLE && tag != DER_IA5)
		return error_set(err, ERR_INVALID, "a name in it is not printable UTF-8");
	*to = text;
	return 0;
}

int
subject_read(
    struct der name, struct str *common_name, struct str *serial_number, struct error *err)
{
	struct der set, pair;

	*common_name = *serial_number = (struct str){NULL, 0};
	while (!der_done(&name)) {
		if (!der_take(&name, DER_SET, &set) || der_done(&set))
			return error_set(err, ERR_INVALID, "a name in it is malformed");
		while (!der_done(&set))
			if (!der_take(&set, DER_SEQUENCE, &pair))
				return error_set(err, ERR_INVALID, "a name in it is malformed");
			else if (read_pair(pair, common_name, serial_number, err) != 0)
				return -1;
	}
	return 0;
}
