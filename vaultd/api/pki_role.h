/*
 * A role's settings, read for what they come to: the rules for names, the subject it gives,
 * what its keys are for.  Everything lies in the arena.
 */
#ifndef API_PKI_ROLE_H
#define API_PKI_ROLE_H

#include "policy/issue_rules.h"
#include "policy/subject.h"
#include "vaultd/api/pki.h"
#include "vaultd/api/pki_settings.h"

struct pki_role {
	const struct json *settings;
	struct issue_rules rules;
	struct subject subject;   /* without common name, serial number and user ids */
	unsigned usage, purposes; /* never those of a CA */
	struct str_list purpose_oids, policy_oids; /* dotted */
};

/* -1: refused, the arena is full; or err. */
int pki_role_load(
    struct call *c, const struct json *role, struct pki_role *r, struct error *err);

/* Fill in {{identity...}} in domains and URIs that the role calls templates. */
int pki_templates_fill(
    struct call *c, const struct json *role, struct issue_rules *rules, struct error *err);

#endif
