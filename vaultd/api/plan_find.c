/*
 * Keeper: which plan a request is about, and who may.
 */
#include "vaultd/api/plan_find.h"

#include "vaultd/keeper/audit.h"

int
plan_find_secret(struct call *c, const struct mount **m, struct str *path)
{
	struct str all = c->parameter[0];

	*m = mounts_find(c->mounts, all);
	if (*m == NULL || all.len <= (*m)->path.len)
		return call_refuse(c, 400, "name a secret: sys/rotation/plans/<mount>/<path>");
	if ((*m)->type != MOUNT_KV2)
		return call_refuse(c, 400,
		    "%.*s is no mount of KV version 2, and plans are for its "
		    "secrets only",
		    STR((*m)->path));
	*path = str_from(all, (*m)->path.len);
	return path->len <= PLAN_PATH
		   ? 0
		   : call_refuse(c, 400, "a secret with a plan has a path of at most %d bytes",
			 PLAN_PATH);
}

int
plan_find(struct call *c, struct plan *p, struct error *err)
{
	const struct mount *m;
	struct str path;
	int rc;

	if (plan_find_secret(c, &m, &path) != 0)
		return -1;
	rc = plan_read(c, m, path, p, err);
	return rc > 0 ? call_not_found(c) : rc;
}

/* Whether the caller may do this to a secret. */
static bool
may(struct call *c, const struct mount *m, struct str path, enum acl_operation operation)
{
	struct buf text = BUF_INIT;
	struct acl_request ask = {.operation = operation};
	struct acl_verdict verdict;
	bool allowed;

	buf_put_str(&text, m->path);
	buf_put_text(&text, "data/");
	buf_put_str(&text, path);
	ask.path = buf_str(&text);
	allowed = acl_decide(c->grant->acl, &ask, &verdict);
	buf_free(&text);
	return allowed;
}

int
plan_require(struct call *c, const struct mount *m, struct str path, bool update)
{
	if (may(c, m, path, ACL_READ) && (!update || may(c, m, path, ACL_UPDATE)))
		return 0;
	return call_refuse_wrapped(c, 403,
	    "permission denied: who writes this plan needs %s on "
	    "%.*sdata/%.*s",
	    update ? "read and update" : "read", STR(m->path), STR(path));
}

void
plan_say(struct call *c, const struct plan *p, const char *what)
{
	audit_event(c->audit, "plan", "%.*s%.*s: %s", STR(p->mount->path), STR(p->path), what);
}
