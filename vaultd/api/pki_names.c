/*
 * Keeper: the names that are asked for in a certificate: the request's fields, a CSR's own.
 */
#include <string.h>

#include "base/text.h"
#include "keys/locked_alloc.h"
#include "policy/der_write.h"
#include "policy/hostname.h"
#include "vaultd/api/pki_order.h"

static int
full(struct call *c)
{
	return call_refuse(c, 413, "http: request body too large");
}

/* san_add, with the call refused when there are too many. */
static int
add(struct call *c, struct san_list *list, struct str name)
{
	struct error err = ERROR_INIT;

	return san_add(list, name, &err) == 0 ? 0 : call_refuse(c, 400, "%s", err.text);
}

/* Printable ASCII without spaces: what an alternative name can be. */
static bool
is_ascii(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] < 0x21 || name.at[i] > 0x7e)
			return false;
	return true;
}

static bool
is_dns_name(struct str name)
{
	struct str label, domain;

	return hostname_check(name) ||
	       (hostname_cut_wildcard(name, &label, &domain) && hostname_check(domain));
}

/* ---- fields ---- */

static int
add_alternatives(struct call *c, struct san *s)
{
	struct str *items;
	unsigned count;

	if (field_list(c, "alt_names", &items, &count, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		bool email = memchr(items[i].at, '@', items[i].len) != NULL;

		if (email ? !is_ascii(items[i]) : !is_dns_name(items[i]))
			return call_refuse(c, 400,
			    "subject alternate name %.*s not allowed by this role",
			    STR(items[i]));
		if (add(c, email ? &s->email : &s->dns, items[i]) != 0)
			return -1;
	}
	return 0;
}

static int
add_addresses(struct call *c, struct san *s)
{
	struct str *items;
	unsigned count;

	if (field_list(c, "ip_sans", &items, &count, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		uint8_t octets[ADDRESS_OCTETS];
		struct str address = { (char *)octets, address_octets(items[i], octets) };

		if (address.len == 0)
			return call_refuse(
			    c, 400, "the value %.*s is not a valid IP address", STR(items[i]));
		address = arena_copy(c->arena, address);
		if (address.at == NULL)
			return full(c);
		if (add(c, &s->address, address) != 0)
			return -1;
	}
	return 0;
}

static bool
is_uri(struct str uri)
{
	struct str scheme, rest;

	return is_ascii(uri) && str_cut(uri, ':', &scheme, &rest) && scheme.len > 0 &&
	       rest.len > 0;
}

static int
add_uris(struct call *c, struct san *s)
{
	struct str *items;
	unsigned count;

	if (field_list(c, "uri_sans", &items, &count, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		if (!is_uri(items[i]))
			return call_refuse(c, 400,
			    "the provided URI Subject Alternative Name \"%.*s\" is not a valid "
			    "URI",
			    STR(items[i]));
		if (add(c, &s->uri, items[i]) != 0)
			return -1;
	}
	return 0;
}

/* "1.2.3;UTF8:text" */
static int
add_other(struct call *c, struct san *s, struct str other)
{
	struct str oid, rest, encoding, value;
	unsigned n = s->other_type.count;

	if (!str_cut(other, ';', &oid, &rest) || !str_cut(rest, ':', &encoding, &value) ||
	    !(str_is(encoding, "UTF8") || str_is(encoding, "UTF-8")) ||
	    !utf8_printable(value) || (oid = pki_oid(c, oid)).at == NULL)
		return call_refuse(
		    c, 400, "could not parse requested other SAN: expected \"OID;UTF8:text\"");
	if (n == SAN_MAX)
		return call_refuse(c, 400, "more than %d names of one kind", SAN_MAX);
	s->other_type.at[n] = oid;
	s->other_value.at[n] = value;
	s->other_type.count = s->other_value.count = n + 1;
	return 0;
}

static int
add_others(struct call *c, struct san *s)
{
	struct str *items;
	unsigned count;

	if (field_list(c, "other_sans", &items, &count, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (add_other(c, s, items[i]) != 0)
			return -1;
	return 0;
}

/* ---- all of it ---- */

static int
read_common_name(struct call *c, const struct pki_sources *from, struct issue_names *n)
{
	struct str sent = { "", 0 };

	if (field_text(c, "common_name", &sent, NULL) != 0)
		return -1;
	n->common_name = sent;
	if (from->csr != NULL && from->csr_common_name) {
		if (sent.len > 0)
			call_warn(c,
			    "the common_name field was provided but the role is set with "
			    "\"use_csr_common_name\" set to true");
		if (from->csr->common_name.len > 0)
			n->common_name = from->csr->common_name;
	}
	if (n->common_name.len == 0 && from->needs_common_name)
		return call_refuse(c, 400,
		    "the common_name field is required, or must be provided in a "
		    "CSR with \"use_csr_common_name\" set to true, unless \"require_cn\" is "
		    "set to "
		    "false");
	return 0;
}

/* The common name among the alternative ones, when it is a name of that kind. */
static int
repeat_common_name(struct call *c, const struct issue_names *n, struct san *s)
{
	struct str name = n->common_name;
	bool exclude = false;

	if (field_bool(c, "exclude_cn_from_sans", &exclude, NULL) != 0)
		return -1;
	if (exclude || name.len == 0)
		return 0;
	if (memchr(name.at, '@', name.len) != NULL && is_ascii(name))
		return add(c, &s->email, name);
	return is_dns_name(name) ? add(c, &s->dns, name) : 0;
}

static int
read_alternatives(
    struct call *c, const struct pki_sources *from, struct issue_names *n, struct san *s)
{
	n->by_request = from->csr != NULL && from->csr_names;
	if (n->by_request) {
		*s = from->csr->names;
		if (json_find(c->body, "alt_names") != NULL)
			call_warn(c,
			    "the alt_names field was provided but the role is set with "
			    "\"use_csr_sans\" set to true");
		return 0;
	}
	return add_alternatives(c, s) != 0 || add_addresses(c, s) != 0 || add_uris(c, s) != 0 ||
		       add_others(c, s) != 0
		   ? -1
		   : 0;
}

int
pki_names_read(
    struct call *c, const struct pki_sources *from, struct issue_names *n, struct error *err)
{
	struct san *s = arena_alloc(c->arena, sizeof(*s));
	struct str *users;
	unsigned count;

	(void)err;
	if (s == NULL)
		return full(c);
	memset(n, 0, sizeof(*n));
	n->names = s;
	if (read_common_name(c, from, n) != 0 || read_alternatives(c, from, n, s) != 0 ||
	    repeat_common_name(c, n, s) != 0 ||
	    field_text(c, "serial_number", &n->serial_number, NULL) != 0 ||
	    field_list(c, "user_ids", &users, &count, NULL) != 0)
		return -1;
	if (n->serial_number.len == 0 && from->csr != NULL)
		n->serial_number = from->csr->serial_number;
	n->user_ids = (struct str_list){ users, count };
	return 0;
}

int
pki_csr_read(struct call *c, struct csr **csr)
{
	struct str pem = { "", 0 };
	struct error why = ERROR_INIT;

	if (field_text(c, "csr", &pem, NULL) != 0)
		return -1;
	if (pem.len == 0)
		return call_refuse(c, 400, "\"csr\" is empty");
	locked_alloc_public_begin();
	*csr = csr_read(pem, &why);
	locked_alloc_public_end();
	return *csr != NULL ? 0
			    : call_refuse(c, 400, "certificate request could not be parsed: %s",
				  why.text);
}

int
pki_subject_read(struct call *c, struct subject *s)
{
	const struct {
		const char *name;
		struct str_list *list;
	} parts[] = {
		{ "ou", &s->ou },
		{ "organization", &s->organization },
		{ "country", &s->country },
		{ "locality", &s->locality },
		{ "province", &s->province },
		{ "street_address", &s->street_address },
		{ "postal_code", &s->postal_code },
	};
	struct str *items;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (field_list(c, parts[i].name, &items, &parts[i].list->count, NULL) != 0)
			return -1;
		parts[i].list->at = items;
	}
	return 0;
}
