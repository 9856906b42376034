/*
 * vaultctl: identity entity and group: whom the vault knows, and which policies that adds.
 */
#include <stddef.h>

#include "client/command.h"

const struct command entity_commands[] = {
    {"identity entity list", "", 0, 0, "List the entities that the vault knows",
	"  There is one for each SPIFFE ID that has asked something.\n",
	"vaultctl identity entity list\n", NULL, NULL,
	{"LIST", "identity/entity/name", NULL, NULL, NULL}},
    {"identity entity read", "NAME", 1, 1, "Show an entity, its groups and policies", NULL,
	"vaultctl identity entity read billing\n", NULL, NULL,
	{"GET", "identity/entity/name/{1}", NULL, NULL, NULL}},
    {"identity group list", "", 0, 0, "List the groups", NULL, "vaultctl identity group list\n",
	NULL, NULL, {"LIST", "identity/group/name", NULL, NULL, NULL}},
    {"identity group read", "NAME", 1, 1, "Show a group, its members and policies", NULL,
	"vaultctl identity group read payments\n", NULL, NULL,
	{"GET", "identity/group/name/{1}", NULL, NULL, NULL}},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
