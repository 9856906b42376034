/*
 * Alternative names.  Runs in the keeper on bytes of strangers.
 */
#include "policy/san.h"

#include "base/text.h"
#include "policy/der_write.h"

/* Tags of GeneralName's alternatives. */
#define OTHER (DER_CONTEXT | DER_CONSTRUCTED | 0)
#define EMAIL (DER_CONTEXT | 1)
#define DNS (DER_CONTEXT | 2)
#define URI (DER_CONTEXT | 6)
#define ADDRESS (DER_CONTEXT | 7)
#define EXPLICIT_0 (DER_CONTEXT | DER_CONSTRUCTED | 0)

int
san_add(struct san_list *list, struct str name, struct error *err)
{
	for (unsigned i = 0; i < list->count; i++)
		if (str_equal(list->at[i], name))
			return 0;
	if (list->count == SAN_MAX)
		return error_set(err, ERR_LIMIT, "more than %d names of one kind", SAN_MAX);
	list->at[list->count++] = name;
	return 0;
}

static int
add_text(struct san_list *list, struct str name, struct error *err)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] < 0x21 || name.at[i] > 0x7e)
			return error_set(err, ERR_INVALID,
			    "an alternative name in it is not printable ASCII");
	if (name.len == 0)
		return error_set(err, ERR_INVALID, "an alternative name in it is empty");
	return san_add(list, name, err);
}

static int
add_address(struct san *s, struct str octets, struct error *err)
{
	if (octets.len != 4 && octets.len != 16)
		return error_set(err, ERR_INVALID, "an address in it is malformed");
	return san_add(&s->address, octets, err);
}

/* otherName: type-id OBJECT IDENTIFIER, value [0] EXPLICIT, here a UTF8String.  The same type
 * may come twice, so that the two lists are not deduplicated. */
static int
add_other(struct san *s, struct der name, struct error *err)
{
	unsigned n = s->other_type.count;
	struct der tagged, text;
	struct str oid;

	if (!der_take_oid(&name, &oid) || !der_take(&name, EXPLICIT_0, &tagged) ||
	    !der_done(&name) || !der_take(&tagged, DER_UTF8, &text) || !der_done(&tagged))
		return error_set(err, ERR_INVALID, "an otherName in it is not a UTF-8 text");
	if (n == SAN_MAX)
		return error_set(err, ERR_LIMIT, "more than %d names of one kind", SAN_MAX);
	s->other_type.at[n] = oid;
	s->other_value.at[n] = (struct str){(const char *)text.at, text.left};
	if (!utf8_valid(s->other_value.at[n]) || !utf8_printable(s->other_value.at[n]))
		return error_set(err, ERR_INVALID, "an otherName in it is not printable UTF-8");
	s->other_type.count = s->other_value.count = n + 1;
	return 0;
}

static int
add_name(struct san *s, unsigned tag, struct der name, struct error *err)
{
	struct str text = {(const char *)name.at, name.left};

	switch (tag) {
	case DNS:
		return add_text(&s->dns, text, err);
	case EMAIL:
		return add_text(&s->email, text, err);
	case URI:
		return add_text(&s->uri, text, err);
	case ADDRESS:
		return add_address(s, text, err);
	case OTHER:
		return add_other(s, name, err);
	default:
		return error_set(err, ERR_INVALID,
		    "an alternative name in it is of a kind that is not issued here");
	}
}

int
san_read(struct der value, struct san *s, struct error *err)
{
	struct der names, name;
	unsigned tag;

	if (!der_take(&value, DER_SEQUENCE, &names) || !der_done(&value) || der_done(&names))
		return error_set(err, ERR_INVALID, "its subjectAltName is malformed");
	while (!der_done(&names)) {
		if (!der_take_any(&names, &tag, &name, NULL))
			return error_set(err, ERR_INVALID, "its subjectAltName is malformed");
		if (add_name(s, tag, name, err) != 0)
			return -1;
	}
	return 0;
}

bool
san_empty(const struct san *s)
{
	return s->dns.count + s->email.count + s->uri.count + s->address.count +
		   s->other_type.count ==
	       0;
}

static void
put_list(struct buf *out, unsigned tag, const struct san_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		der_put(out, tag, list->at[i]);
}

static void
put_other(struct buf *out, struct str oid, struct str value)
{
	size_t name = der_open(out, OTHER), tagged;

	der_put_oid(out, oid);
	tagged = der_open(out, EXPLICIT_0);
	der_put(out, DER_UTF8, value);
	der_close(out, tagged);
	der_close(out, name);
}

void
san_put(const struct san *s, struct buf *out)
{
	size_t names = der_open(out, DER_SEQUENCE);

	put_list(out, DNS, &s->dns);
	put_list(out, EMAIL, &s->email);
	put_list(out, ADDRESS, &s->address);
	put_list(out, URI, &s->uri);
	for (unsigned i = 0; i < s->other_type.count; i++)
		put_other(out, s->other_type.at[i], s->other_value.at[i]);
	der_close(out, names);
}
