/*
 * Keeper: the table of auth/token/.
 */
#include "vaultd/api/token.h"

#define W ROUTE_WRITES
#define CREATE                                                                              \
	"id policies meta no_parent no_default_policy renewable ttl lease type explicit_max_ttl " \
	"display_name num_uses period entity_alias"
#define ROLE                                                                                   \
	"allowed_policies disallowed_policies allowed_policies_glob disallowed_policies_glob "    \
	"orphan renewable path_suffix allowed_entity_aliases token_bound_cidrs token_ttl "        \
	"token_max_ttl token_explicit_max_ttl token_no_default_policy token_num_uses token_period " \
	"token_policies token_type token_strictly_bind_ip bound_cidrs explicit_max_ttl period"

const struct route routes_token[] = {
	{ OP_WRITE, "create", api_token_create, W, NULL, CREATE, "Make a child of one's token." },
	{ OP_WRITE, "create-orphan", api_token_create_orphan, W, NULL, CREATE,
	    "Make a token that is nobody's child." },
	{ OP_WRITE, "create/:role", api_token_create_role, W, NULL, CREATE, "Make one by a role." },
	{ OP_READ | OP_WRITE, "lookup", api_token_lookup, 0, NULL, "token", "What a token is." },
	{ OP_READ | OP_WRITE, "lookup-self", api_token_lookup_self, ROUTE_LOOKS, NULL, "token",
	    "What one's own token is." },
	{ OP_WRITE, "lookup-accessor", api_token_lookup_accessor, 0, NULL, "accessor",
	    "What the token of an accessor is." },
	{ OP_WRITE, "renew", api_token_renew, W, NULL, "token increment", "Let a token live on." },
	{ OP_WRITE, "renew-self", api_token_renew_self, W, NULL, "token increment",
	    "Let one's own token live on." },
	{ OP_WRITE, "renew-accessor", api_token_renew_accessor, W, NULL, "accessor increment",
	    "Let the token of an accessor live on." },
	{ OP_WRITE, "revoke", api_token_revoke, W, NULL, "token",
	    "End a token and its children." },
	{ OP_WRITE, "revoke-self", api_token_revoke_self, W, NULL, "token",
	    "End one's own token and its children." },
	{ OP_WRITE, "revoke-accessor", api_token_revoke_accessor, W, NULL, "accessor",
	    "End the token of an accessor and its children." },
	{ OP_WRITE, "revoke-orphan", api_token_revoke_orphan, W | ROUTE_SUDO, NULL, "token",
	    "End a token; its children live on." },
	{ OP_LIST, "accessors", api_token_accessors, ROUTE_SUDO, NULL, "",
	    "Accessors of the tokens that are stored." },
	{ OP_LIST, "roles", api_token_roles, 0, NULL, "", "Names of roles." },
	{ OP_READ, "roles/:name", api_token_role_read, 0, NULL, "", "One role." },
	{ OP_WRITE, "roles/:name", api_token_role_write, W | ROUTE_EXISTS, api_token_role_exists,
	    ROLE, "Write a role." },
	{ OP_DELETE, "roles/:name", api_token_role_delete, W, NULL, "", "Delete a role." },
	{ OP_WRITE, "tidy", api_token_tidy, 0, NULL, "", "What has expired is erased by itself." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
