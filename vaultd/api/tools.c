/*
 * Keeper: the preflight of kv commands, and the audit's hash of a value.
 */
#include "vaultd/api/policies.h"

#include "vaultd/api/mounts.h"
#include "vaultd/keeper/audit.h"

int
api_preflight(struct call *c, struct error *err)
{
	struct str path = c->parameter[0];
	const struct mount *m = mounts_find(c->mounts, path);
	struct json_writer w;

	if (c->grant == NULL)
		return call_refuse(c, 403, "permission denied");
	if (m == NULL || !acl_touches(c->grant->acl, m->path))
		return call_refuse(c, 403, "preflight capability check returned 403, please ensure "
		    "client's policies grant access to path \"%.*s%s\"", STR(path),
		    str_ends(path, "/") ? "" : "/");
	w = reply_data(c);
	json_put_str(&w, "path", m->path);
	if (mount_put_info(c, &w, m, err) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

int
api_audit_hash(struct call *c, struct error *err)
{
	struct str input = { NULL, 0 };
	struct buf hash = BUF_INIT;
	struct json_writer w;

	(void)err;
	if (field_text(c, "input", &input, NULL) != 0)
		return -1;
	if (!str_is(c->parameter[0], "file"))
		return call_refuse(c, 400, "unknown audit backend \"%.*s/\"", STR(c->parameter[0]));
	if (input.len == 0)
		return call_refuse(c, 400, "the \"input\" parameter is empty");
	audit_hash(c->audit, input, &hash);
	w = reply_data(c);
	json_put_str(&w, "hash", buf_str(&hash));
	json_close_object(&w);
	c->reply.mirrored = true;
	buf_free(&hash);
	return 0;
}
