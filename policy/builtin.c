/*
 * The texts of the built-in policies, for whatever process stores or shows them.
 */
#include "policy/builtin.h"

#include <stddef.h>

/* clang-format off */
#define RULE(path, list) "path \"" path "\" { capabilities = [" list "] }\n"
#define CREATE "\"create\""
#define READ   "\"read\""
#define UPDATE "\"update\""
#define LIST   "\"list\""
#define SUDO   "\"sudo\""
#define MANAGE "\"create\", \"read\", \"update\", \"delete\", \"list\""

static const char default_text[] =
	"# Every caller holds this policy, unless its role or token says otherwise.\n"
	"\n"
	"# Its own token.\n"
	RULE("auth/token/lookup-self", READ)
	RULE("auth/token/renew-self", UPDATE)
	RULE("auth/token/revoke-self", UPDATE)
	"\n"
	"# What it may do, and who it is.\n"
	RULE("sys/capabilities-self", UPDATE)
	RULE("sys/internal/ui/resultant-acl", READ)
	RULE("identity/entity/id/{{identity.entity.id}}", READ)
	RULE("identity/entity/name/{{identity.entity.name}}", READ)
	"\n"
	"# Its own leases and its own cubbyhole.\n"
	RULE("sys/leases/renew", UPDATE)
	RULE("sys/leases/lookup", UPDATE)
	RULE("cubbyhole/*", MANAGE)
	"\n"
	"# Wrapped replies.\n"
	RULE("sys/wrapping/wrap", UPDATE)
	RULE("sys/wrapping/lookup", UPDATE)
	RULE("sys/wrapping/unwrap", UPDATE)
	"\n"
	"# Hashes, and authorising at an OIDC provider.\n"
	RULE("sys/tools/hash", UPDATE)
	RULE("sys/tools/hash/*", UPDATE)
	RULE("identity/oidc/provider/+/authorize", READ ", " UPDATE);

static const char operator_text[] =
	"# Run the vault: seal, policies, roles, mounts, audit, rotation.  No secret, no named key, no\n"
	"# certificate is reached from here.\n"
	"\n"
	"# Seal and keys of the vault.\n"
	RULE("sys/seal", UPDATE ", " SUDO)
	RULE("sys/step-down", UPDATE ", " SUDO)
	RULE("sys/rotate", MANAGE ", " SUDO)
	RULE("sys/rotate/*", MANAGE ", " SUDO)
	RULE("sys/rekey/*", MANAGE ", " SUDO)
	RULE("sys/key-status", READ)
	RULE("sys/attest/*", CREATE ", " READ ", " UPDATE)
	RULE("sys/rotation", READ)
	RULE("sys/rotation/*", READ)
	RULE("sys/compact", READ ", " UPDATE ", " SUDO)
	"\n"
	"# Policies and what they come to.\n"
	RULE("sys/policies/acl", READ ", " LIST)
	RULE("sys/policies/acl/*", MANAGE)
	RULE("sys/policy", READ ", " LIST)
	RULE("sys/policy/*", MANAGE)
	RULE("sys/capabilities", CREATE ", " UPDATE)
	RULE("sys/capabilities-self", CREATE ", " UPDATE)
	RULE("sys/capabilities-accessor", CREATE ", " UPDATE)
	"\n"
	"# Mounts.\n"
	RULE("sys/mounts", READ ", " LIST)
	RULE("sys/mounts/*", MANAGE ", " SUDO)
	RULE("sys/auth", READ ", " LIST)
	RULE("sys/auth/*", MANAGE ", " SUDO)
	RULE("sys/remount", MANAGE ", " SUDO)
	RULE("sys/remount/status/*", READ)
	"\n"
	"# Audit.\n"
	RULE("sys/audit", READ ", " LIST ", " SUDO)
	RULE("sys/audit/*", MANAGE ", " SUDO)
	RULE("sys/audit-hash/*", CREATE ", " UPDATE)
	"\n"
	"# How it fares, and how it is set up.\n"
	RULE("sys/metrics", READ)
	RULE("sys/host-info", READ)
	RULE("sys/ha-status", READ)
	RULE("sys/version-history", READ ", " LIST)
	RULE("sys/in-flight-req", READ)
	RULE("sys/internal/*", READ ", " LIST ", " SUDO)
	RULE("sys/config/*", MANAGE ", " SUDO)
	RULE("sys/tools/*", CREATE ", " UPDATE)
	RULE("sys/leases", MANAGE ", " SUDO)
	RULE("sys/leases/*", MANAGE ", " SUDO)
	RULE("sys/wrapping/*", CREATE ", " UPDATE)
	"\n"
	"# Who may come in: roles, revocation lists, tokens, identity.\n"
	RULE("auth/cert/certs", LIST)
	RULE("auth/cert/certs/*", MANAGE)
	RULE("auth/cert/config", MANAGE)
	RULE("auth/cert/crls", LIST)
	RULE("auth/cert/crls/*", MANAGE)
	RULE("auth/token/accessors", LIST ", " SUDO)
	RULE("auth/token/lookup-accessor", CREATE ", " UPDATE)
	RULE("auth/token/renew-accessor", CREATE ", " UPDATE)
	RULE("auth/token/revoke-accessor", CREATE ", " UPDATE)
	RULE("auth/token/roles", LIST)
	RULE("auth/token/roles/*", MANAGE)
	RULE("auth/token/tidy", CREATE ", " UPDATE)
	RULE("identity/*", MANAGE ", " SUDO);

static const char wrapping_text[] =
	"# What a wrapping token is good for.\n"
	RULE("cubbyhole/response", READ)
	RULE("sys/wrapping/unwrap", UPDATE);
/* clang-format on */

static const struct builtin builtins[] = {
    {"default", default_text},
    {"operator", operator_text},
    {"response-wrapping", wrapping_text},
};

const struct builtin *
builtin_find(struct str name)
{
	for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
		if (str_is(name, builtins[i].name))
			return &builtins[i];
	return NULL;
}
