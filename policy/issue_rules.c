/*
 * The rules of roles.  Runs in the keeper on names that callers ask for.
 * Security: a wildcard is never more than a subdomain is: it needs allow_subdomains (or a glob
 * that names it), and bare domains alone never give it.
 */
#include "policy/issue_rules.h"

#include <string.h>

#include "policy/der.h"
#include "policy/glob.h"
#include "policy/hostname.h"

#define OID_TEXT 256

/* ---- DNS names and e-mail addresses ---- */

/* A name taken apart. */
struct parts {
	struct str whole;
	struct str host; /* behind the '@', and without the label that has the '*' */
	bool email, wildcard;
};

/* False: it makes no sense as a name. */
static bool
take_apart(struct str name, struct parts *p)
{
	struct str user, host, label;

	*p = (struct parts){.whole = name, .host = name};
	p->email = str_cut(name, '@', &user, &host);
	if (p->email) {
		p->host = host;
		if (user.len == 0 || memchr(host.at, '@', host.len) != NULL)
			return false;
	}
	p->wildcard = name.len > 0 && memchr(name.at, '*', name.len) != NULL;
	if (!p->wildcard)
		return true;
	return !p->email && hostname_cut_wildcard(name, &label, &p->host);
}

static bool
is_local(const struct issue_rules *r, const struct parts *p)
{
	static const char *const names[] = {"localhost", "localdomain"};

	for (unsigned i = 0; i < 2; i++) {
		struct str local = str_of(names[i]);

		if (hostname_equal(p->host, local))
			return !p->wildcard || r->subdomains;
		if (r->subdomains && hostname_below(p->host, local))
			return true;
	}
	return false;
}

/* A glob over the whole name, letters of either case alike. */
static bool
fits_glob(struct str glob, struct str name)
{
	char a[512], b[512];

	if (memchr(glob.at, '*', glob.len) == NULL || glob.len > sizeof(a) ||
	    name.len > sizeof(b))
		return false;
	for (size_t i = 0; i < glob.len; i++)
		a[i] = glob.at[i] >= 'A' && glob.at[i] <= 'Z' ? (char)(glob.at[i] | 0x20)
							      : glob.at[i];
	for (size_t i = 0; i < name.len; i++)
		b[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] | 0x20)
							      : name.at[i];
	return glob_match((struct str){a, glob.len}, (struct str){b, name.len});
}

static bool
fits_domain(const struct issue_rules *r, const struct parts *p, struct str domain)
{
	if (domain.len == 0)
		return false;
	if (r->bare_domains && hostname_equal(p->wildcard ? p->whole : p->host, domain))
		return true;
	if (r->subdomains && (hostname_below(p->host, domain) ||
				 (p->wildcard && hostname_equal(p->host, domain))))
		return true;
	return r->globs && fits_glob(domain, p->whole);
}

bool
issue_rules_allow_name(const struct issue_rules *r, struct str name)
{
	struct parts p;

	if (!take_apart(name, &p) || (p.wildcard && !r->wildcards) ||
	    (r->enforce_hostnames && !hostname_check(p.host)))
		return false;
	if (r->any_name || (r->localhost && is_local(r, &p)))
		return true;
	if (r->display_name.len > 0 &&
	    (str_equal(name, r->display_name) ||
		(r->subdomains && hostname_below(p.host, r->display_name))))
		return true;
	for (unsigned i = 0; i < r->domains.count; i++)
		if (fits_domain(r, &p, r->domains.at[i]))
			return true;
	return false;
}

/* The kinds that a common name may be of. */
static bool
allow_common_name(const struct issue_rules *r, struct str name)
{
	bool email = memchr(name.at, '@', name.len) != NULL;

	for (unsigned i = 0; i < r->validations.count; i++)
		if (str_is(r->validations.at[i], "disabled"))
			return true;
	if (!issue_rules_allow_name(r, name))
		return false;
	for (unsigned i = 0; i < r->validations.count; i++)
		if (str_is(r->validations.at[i], email ? "email" : "hostname"))
			return true;
	return false;
}

/* ---- the other kinds of names ---- */

static bool
fits_any(struct str_list globs, struct str text)
{
	for (unsigned i = 0; i < globs.count; i++)
		if (glob_match(globs.at[i], text))
			return true;
	return false;
}

/* "1.2.3;UTF8:glob" (or UTF-8) against an OID and a value. */
static bool
fits_other(struct str allowed, struct str oid, struct str value)
{
	struct str type, rest, encoding, glob;

	if (str_is(allowed, "*"))
		return true;
	return str_cut(allowed, ';', &type, &rest) && str_cut(rest, ':', &encoding, &glob) &&
	       (str_is(encoding, "UTF8") || str_is(encoding, "UTF-8")) &&
	       str_equal(type, oid) && glob_match(glob, value);
}

static int
check_others(const struct issue_rules *r, const struct san *s, struct error *err)
{
	for (unsigned i = 0; i < s->other_type.count; i++) {
		char text[OID_TEXT];
		struct str oid = {
		    text, der_format_oid(s->other_type.at[i], text, sizeof(text))};
		bool fits = false;

		for (unsigned k = 0; k < r->others.count && !fits; k++)
			fits = fits_other(r->others.at[k], oid, s->other_value.at[i]);
		if (!fits)
			return error_set(err, ERR_INVALID,
			    "other SAN %.*s not allowed for OID %.*s by this role",
			    STR(s->other_value.at[i]), STR(oid));
	}
	return 0;
}

static const char *
source(const struct issue_names *n)
{
	return n->by_request ? "CSR" : "the API";
}

static int
check_addresses(const struct issue_rules *r, const struct issue_names *n, struct error *err)
{
	const struct san_list *list = &n->names->address;

	if (list->count > 0 && !r->addresses)
		return error_set(err, ERR_INVALID,
		    "IP Subject Alternative Names are not allowed in this role, but was "
		    "provided "
		    "via %s",
		    source(n));
	for (unsigned i = 0; i < list->count; i++) {
		bool within = r->networks.count == 0;

		for (unsigned k = 0; k < r->networks.count && !within; k++)
			within = address_within(r->networks.at[k], list->at[i]);
		if (!within)
			return error_set(err, ERR_INVALID,
			    "IP Subject Alternative Names were provided via %s which are not "
			    "valid "
			    "for this role",
			    source(n));
	}
	return 0;
}

static int
check_uris(const struct issue_rules *r, const struct issue_names *n, struct error *err)
{
	const struct san_list *list = &n->names->uri;

	if (list->count > 0 && r->uris.count == 0)
		return error_set(err, ERR_INVALID,
		    "URI Subject Alternative Names are not allowed in this role, but were "
		    "provided "
		    "via %s",
		    source(n));
	for (unsigned i = 0; i < list->count; i++)
		if (!fits_any(r->uris, list->at[i]))
			return error_set(err, ERR_INVALID,
			    "URI Subject Alternative Names were provided via %s which are not "
			    "valid for this role",
			    source(n));
	return 0;
}

static int
check_subject(const struct issue_rules *r, const struct issue_names *n, struct error *err)
{
	if (n->common_name.len > 0 && !allow_common_name(r, n->common_name))
		return error_set(err, ERR_INVALID, "common name %.*s not allowed by this role",
		    STR(n->common_name));
	if (n->serial_number.len > 0 && !fits_any(r->serials, n->serial_number))
		return error_set(err, ERR_INVALID,
		    "serial_number %.*s not allowed by this role", STR(n->serial_number));
	for (unsigned i = 0; i < n->user_ids.count; i++)
		if (!fits_any(r->user_ids, n->user_ids.at[i]))
			return error_set(err, ERR_INVALID,
			    "user_id %.*s is not allowed by this role", STR(n->user_ids.at[i]));
	return 0;
}

int
issue_rules_check(const struct issue_rules *r, const struct issue_names *n, struct error *err)
{
	const struct san *s = n->names;

	if (check_subject(r, n, err) != 0)
		return -1;
	for (unsigned i = 0; i < s->dns.count; i++)
		if (!issue_rules_allow_name(r, s->dns.at[i]))
			return error_set(err, ERR_INVALID,
			    "subject alternate name %.*s not allowed by this role",
			    STR(s->dns.at[i]));
	for (unsigned i = 0; i < s->email.count; i++)
		if (!issue_rules_allow_name(r, s->email.at[i]))
			return error_set(err, ERR_INVALID,
			    "email address %.*s not allowed by this role", STR(s->email.at[i]));
	if (check_others(r, s, err) != 0 || check_addresses(r, n, err) != 0)
		return -1;
	return check_uris(r, n, err);
}
