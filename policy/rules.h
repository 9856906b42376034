/*
 * One policy's text as rules: the complete ACL language of Vault's API (HCL or JSON, see
 * README, "Policies").  rules.c parses, match.c says which rule applies, decide.c what follows.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum capability {
	CAP_CREATE = 1 << 0,
	CAP_READ = 1 << 1,
	CAP_UPDATE = 1 << 2,
	CAP_PATCH = 1 << 3,
	CAP_DELETE = 1 << 4,
	CAP_LIST = 1 << 5,
	CAP_SCAN = 1 << 6,
	CAP_SUDO = 1 << 7,
	CAP_DENY = 1 << 8,
	CAP_ROOT = 1 << 9 /* never parsed; reported for a caller that may do everything */
};

/* One value in a parameter list: its JSON type counts when it is compared. */
struct rule_value {
	enum { RULE_STRING, RULE_NUMBER, RULE_BOOL } type;
	struct str text; /* a string may begin or end with '*' */
};

struct rule_parameter {
	struct str name; /* lower case */
	unsigned count;  /* 0: any value */
	struct rule_value *values;
};

struct rule_parameters {
	unsigned count;
	struct rule_parameter *list;
};

struct rule {
	struct str pattern;    /* one leading '/' stripped; templates still inside */
	bool prefix;           /* ended in '*', which is cut off */
	unsigned capabilities; /* CAP_DENY alone when denied */
	struct rule_parameters allowed, denied;
	unsigned required_count;
	struct str *required;                       /* lower case */
	int64_t min_wrapping_ttl, max_wrapping_ttl; /* ns; 0: no limit */
};

struct pool;

struct policy {
	struct str name; /* lower case */
	unsigned count;
	struct rule *rules;
	struct pool *pool; /* where everything of this policy lies, itself too */
};

/* Append a policy's text as it is to be kept: decoded if all of it is base64, else as it is. */
void policy_decode(struct buf *out, struct str text);

/*
 * Parse text (HCL, JSON, or base64 of either).  NULL with ERR_INVALID, the sentence as Vault's
 * API gives it behind "failed to parse policy: " (an unknown key's ends in two newlines).
 * Refused beside what it refuses: a key or parameter given twice, more than 256 parameters or
 * values in one place, templates with unbalanced braces, and what would weaken the rule if it
 * were overlooked (pagination_limit, list_scan_response_keys_filter_path, expiration,
 * mfa_methods, control_group).  Free with policy_free.
 */
struct policy *policy_parse(struct str name, struct str text, struct error *err);
void policy_free(struct policy **p);

/*
 * Report everything that policy_parse would refuse text for, in its order; of a text that is
 * neither HCL nor JSON the first complaint alone, which names its line itself (line 0).
 * Returns how many there are; 0: policy_parse takes it.
 */
typedef void policy_report(void *arg, unsigned line, const char *sentence);
unsigned policy_check(struct str text, policy_report *report, void *arg);

/* "read" and so on; 0 when there is no such capability.  And the sorted names for replies. */
unsigned capability_parse(struct str name);
/* Fill names with the capabilities in mask, alphabetically; returns how many (at most 10). */
unsigned capability_names(unsigned mask, const char *names[10]);

#endif
