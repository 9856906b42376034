/*
 * Roles: which certificates a set of constraints admits.  Patterns are globs in which '*'
 * stands for any run of bytes, anywhere (as Vault's cert auth has them).
 */
#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include <stdbool.h>

#include "base/str.h"
#include "policy/identity.h"

bool glob_match(struct str pattern, struct str text);

/* Any-of inside a list, every non-empty list must pass. */
struct constraints {
	const struct str *names, *common_names, *dns, *email, *uri, *units; /* lists of globs */
	unsigned name_count, common_name_count, dns_count, email_count, uri_count, unit_count;
	const struct str *extensions; /* "1.2.3:glob", all of them must pass */
	unsigned extension_count;
};

/* names: deprecated allowed_names: the common name, or any DNS or e-mail name. */
bool constraints_admit(const struct constraints *c, const struct identity *id);

#endif
