/*
 * Keeper: the table of identity/ (vault-api 7b).
 */
#include "vaultd/api/identity.h"

#define ENTITY "id name policies metadata disabled"
#define ALIAS "id name canonical_id entity_id mount_accessor custom_metadata"
#define GROUP "id name type policies metadata member_entity_ids member_group_ids"
#define GROUP_ALIAS "id name canonical_id mount_accessor"
#define LOOKUP "id name alias_id alias_name alias_mount_accessor"
#define MERGE "to_entity_id from_entity_ids conflicting_alias_ids_to_keep force"

/* clang-format off */
const struct route routes_identity[] = {
	{ OP_WRITE, "entity", identity_entity_write, ROUTE_WRITES, NULL, ENTITY,
	  "Make an entity, or change the one of that id or name." },
	{ OP_WRITE, "entity/merge", identity_entity_merge, ROUTE_WRITES | ROUTE_SUDO, NULL, MERGE,
	  "Make one entity of several: all their callers become its callers." },
	{ OP_WRITE, "entity/batch-delete", identity_entity_delete_many, ROUTE_WRITES, NULL,
	  "entity_ids", "Delete entities." },
	{ OP_LIST, "entity/id", identity_entity_list_ids, 0, NULL, "after limit",
	  "Ids of entities, with names and aliases." },
	{ OP_READ, "entity/id/:id", identity_entity_read_by_id, 0, NULL, "", "One entity." },
	{ OP_WRITE, "entity/id/:id", identity_entity_write_by_id, ROUTE_WRITES, NULL, ENTITY,
	  "Change an entity." },
	{ OP_DELETE, "entity/id/:id", identity_entity_delete_by_id, ROUTE_WRITES, NULL, "",
	  "Delete an entity; its callers get a new one at their next request." },
	{ OP_LIST, "entity/name", identity_entity_list_names, 0, NULL, "limit",
	  "Names of entities." },
	{ OP_READ, "entity/name/*name", identity_entity_read_by_name, 0, NULL, "", "One entity." },
	{ OP_WRITE, "entity/name/*name", identity_entity_write_by_name, ROUTE_WRITES, NULL, ENTITY,
	  "Make or change an entity." },
	{ OP_DELETE, "entity/name/*name", identity_entity_delete_by_name, ROUTE_WRITES, NULL, "",
	  "Delete an entity." },
	{ OP_WRITE, "entity-alias", identity_alias_write, ROUTE_WRITES, NULL, ALIAS,
	  "Let a name at a mount stand for an entity." },
	{ OP_LIST, "entity-alias/id", identity_alias_list, 0, NULL, "limit",
	  "Ids of aliases of entities." },
	{ OP_READ, "entity-alias/id/:id", identity_alias_read, 0, NULL, "", "One alias." },
	{ OP_WRITE, "entity-alias/id/:id", identity_alias_write_by_id, ROUTE_WRITES, NULL, ALIAS,
	  "Change an alias, or give it to another entity." },
	{ OP_DELETE, "entity-alias/id/:id", identity_alias_delete, ROUTE_WRITES, NULL, "",
	  "Delete an alias." },
	{ OP_WRITE, "group", identity_group_write, ROUTE_WRITES, NULL, GROUP,
	  "Make a group, or change the one of that id or name." },
	{ OP_LIST, "group/id", identity_group_list_ids, 0, NULL, "after limit",
	  "Ids of groups, with names and numbers of members." },
	{ OP_READ, "group/id/:id", identity_group_read_by_id, 0, NULL, "", "One group." },
	{ OP_WRITE, "group/id/:id", identity_group_write_by_id, ROUTE_WRITES, NULL, GROUP,
	  "Change a group." },
	{ OP_DELETE, "group/id/:id", identity_group_delete_by_id, ROUTE_WRITES, NULL, "",
	  "Delete a group." },
	{ OP_LIST, "group/name", identity_group_list_names, 0, NULL, "limit", "Names of groups." },
	{ OP_READ, "group/name/*name", identity_group_read_by_name, 0, NULL, "", "One group." },
	{ OP_WRITE, "group/name/*name", identity_group_write_by_name, ROUTE_WRITES, NULL, GROUP,
	  "Make or change a group." },
	{ OP_DELETE, "group/name/*name", identity_group_delete_by_name, ROUTE_WRITES, NULL, "",
	  "Delete a group." },
	{ OP_WRITE, "group-alias", identity_group_alias_write, ROUTE_WRITES, NULL, GROUP_ALIAS,
	  "Let a name at a mount stand for an external group." },
	{ OP_LIST, "group-alias/id", identity_group_alias_list, 0, NULL, "limit",
	  "Ids of aliases of groups." },
	{ OP_READ, "group-alias/id/:id", identity_group_alias_read, 0, NULL, "", "One alias." },
	{ OP_WRITE, "group-alias/id/:id", identity_group_alias_write_by_id, ROUTE_WRITES, NULL,
	  GROUP_ALIAS, "Change an alias, or give it to another group." },
	{ OP_DELETE, "group-alias/id/:id", identity_group_alias_delete, ROUTE_WRITES, NULL, "",
	  "Delete an alias." },
	{ OP_WRITE, "lookup/entity", identity_lookup_entity, 0, NULL, LOOKUP,
	  "The entity of an id, a name or an alias." },
	{ OP_WRITE, "lookup/group", identity_lookup_group, 0, NULL, LOOKUP,
	  "The group of an id, a name or an alias." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */
