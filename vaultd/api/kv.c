/*
 * Keeper: the table of a KV version 2 mount.
 */
#include "vaultd/api/kv.h"

#include "vaultd/api/kv_list.h"
#include "vaultd/api/kv_secret.h"

#define W ROUTE_WRITES
#define WX (ROUTE_WRITES | ROUTE_EXISTS)
#define ROOT (OP_READ | OP_WRITE | OP_PATCH | OP_DELETE)

/* A version 1 path on a version 2 mount: told with a warning that people can act on. */
static int
wrong_version(struct call *c, struct error *err)
{
	const char *command = c->operation == OP_READ ? "get" :
	    c->operation == OP_WRITE                  ? "put" :
	    c->operation == OP_PATCH                  ? "patch" :
	    c->operation == OP_DELETE                 ? "delete" :
							"list";

	(void)err;
	c->reply.status = 404;
	call_warn(c, "Invalid path for a versioned K/V secrets engine. See the API docs for the "
	    "appropriate API endpoints to use. If using the OpenBao CLI, use 'bao kv %s' for this "
	    "operation.", command);
	return 0;
}

static int
root_of_engine(struct call *c, struct error *err)
{
	(void)err;
	if (str_ends(c->rest, "/"))
		return call_not_found(c);
	c->reply.status = 404;
	call_warn(c, "Non-listing operations on the root of a K/V v2 mount are not supported.");
	return 0;
}

const struct route routes_kv2[] = {
	{ OP_READ, "config", kv_config_get, 0, NULL, "", "What holds for all secrets." },
	{ OP_WRITE, "config", kv_config_set, W, NULL,
	    "max_versions cas_required metadata_cas_required delete_version_after",
	    "Set what holds for all secrets." },

	{ OP_READ, "data/*path", kv_data_read, 0, NULL, "version after_version wait",
	    "Read a secret; or wait for a newer version." },
	{ OP_WRITE, "data/*path", kv_data_write, WX, kv_exists, "data options",
	    "Write a new version of a secret." },
	{ OP_PATCH, "data/*path", kv_data_patch, W, NULL, "data options",
	    "Change parts of a secret (JSON merge patch)." },
	{ OP_DELETE, "data/*path", kv_data_delete, W, NULL, "", "Delete the current version." },
	{ OP_READ, "subkeys/*path", kv_subkeys, 0, NULL, "version depth",
	    "The names inside a secret, without the values." },

	{ OP_WRITE, "delete/*path", kv_delete, W, NULL, "versions", "Delete versions." },
	{ OP_WRITE, "undelete/*path", kv_undelete, W, NULL, "versions", "Undelete versions." },
	{ OP_WRITE, "destroy/*path", kv_destroy, W, NULL, "versions", "Destroy versions." },

	{ OP_LIST | OP_SCAN, "metadata/*path?", kv_list, 0, NULL, "after limit",
	    "Names in a folder." },
	{ OP_READ, "metadata/*path", kv_metadata_read, 0, NULL, "", "Versions and metadata." },
	{ OP_WRITE, "metadata/*path", kv_metadata_write, WX, kv_exists,
	    "max_versions cas_required metadata_cas_required metadata_cas delete_version_after "
	    "custom_metadata",
	    "Set what holds for one secret." },
	{ OP_PATCH, "metadata/*path", kv_metadata_patch, W, NULL,
	    "max_versions cas_required metadata_cas_required metadata_cas delete_version_after "
	    "custom_metadata",
	    "Change parts of what holds for one secret." },
	{ OP_DELETE, "metadata/*path", kv_metadata_delete, W, NULL, "",
	    "Delete a secret with all its versions." },
	{ OP_LIST | OP_SCAN, "detailed-metadata/*path?", kv_list_detailed, 0, NULL, "after limit",
	    "Names in a folder, with their metadata." },

	{ ROOT, "data", root_of_engine, 0, NULL, "", "" },
	{ ROOT, "metadata", root_of_engine, 0, NULL, "", "" },
	{ ROOT, "data/", root_of_engine, 0, NULL, "", "" },
	{ ROOT, "metadata/", root_of_engine, 0, NULL, "", "" },
	{ ROOT | OP_LIST | OP_SCAN, "*path?", wrong_version, ROUTE_ELSE, NULL, "", "" },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
