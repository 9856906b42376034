/*
 * What names a role of a PKI mount lets into a certificate.  Pure: the same names, asked for in
 * the request or in a CSR, meet the same rules.
 */
#ifndef POLICY_ISSUE_RULES_H
#define POLICY_ISSUE_RULES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"
#include "policy/san.h"

struct issue_rules {
	bool any_name, enforce_hostnames, localhost, bare_domains, subdomains, globs, wildcards,
	    addresses;
	struct str_list domains;     /* allowed_domains */
	struct str_list uris;        /* globs */
	struct str_list others;      /* "1.2.3;UTF8:glob", or "*" */
	struct str_list networks;    /* CIDRs that addresses must be in; none: any address */
	struct str_list serials;     /* globs, of the subject's serialNumber */
	struct str_list user_ids;    /* globs */
	struct str_list validations; /* of the common name: "email", "hostname", "disabled" */
	struct str display_name;     /* a name that counts as a domain; empty: none */
};

struct issue_names {
	struct str common_name, serial_number;
	struct str_list user_ids;
	const struct san *names;
	bool by_request; /* the alternative names are a CSR's; false: the API's fields */
};

/* 0, or -1 with ERR_INVALID and the reference's text naming what is not allowed. */
int issue_rules_check(
    const struct issue_rules *r, const struct issue_names *n, struct error *err);

/* Of one name, a DNS name or an e-mail address. */
bool issue_rules_allow_name(const struct issue_rules *r, struct str name);

#endif
