/*
 * Keeper: what a caller can reach (vault-api 1.6).
 * Security: open to everybody; a mount in which the caller may do nothing is as none.
 */
#include "vaultd/api/ui.h"

#include "vaultd/api/mounts.h"

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

/* ---- all mounts ---- */

/* What anybody may know of a mount that is listed to everybody. */
static int
put_brief(struct call *c, struct json_writer *w, const struct mount *m, struct error *err)
{
	struct mount_settings s;

	if (mount_settings_of(c, m, &s, err) != 0)
		return -1;
	json_put_text(w, "type", mount_type_name(m->type));
	json_put_str(w, "description", m->description);
	if (s.options != NULL)
		json_put_value(w, "options", s.options);
	else
		json_put_null(w, "options");
	return 0;
}

static int
put_mounts(struct call *c, struct json_writer *w, bool auth, struct error *err)
{
	for (unsigned i = 0; i < mounts_count(c->mounts); i++) {
		const struct mount *m = mounts_at(c->mounts, i);
		bool reached = c->grant != NULL && acl_touches(c->grant->acl, m->path);
		size_t mark = arena_used(c->arena);
		int rc;

		if (mount_is_auth(m->path) != auth || !(reached || m->unauth))
			continue;
		json_put_name(w, auth ? str_from(m->path, sizeof("auth/") - 1) : m->path);
		json_open_object(w, NULL);
		rc = reached ? mount_put_info(c, w, m, err) : put_brief(c, w, m, err);
		if (rc != 0)
			return -1;
		json_close_object(w);
		arena_rewind(c->arena, mark);
	}
	return 0;
}

int
api_ui_mounts(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	json_open_object(&w, "secret");
	if (put_mounts(c, &w, false, err) != 0)
		return -1;
	json_close_object(&w);
	json_open_object(&w, "auth");
	if (put_mounts(c, &w, true, err) != 0)
		return -1;
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}

/* ---- the caller's rules ---- */

struct rules {
	struct json_writer *w;
	bool exact;
};

static void
put_rule(void *arg, struct str pattern, bool exact, unsigned capabilities)
{
	struct rules *r = arg;
	const char *names[10];
	unsigned n = capability_names(capabilities, names);

	if (exact != r->exact)
		return;
	json_put_name(r->w, pattern);
	json_open_object(r->w, NULL);
	json_open_array(r->w, "capabilities");
	for (unsigned i = 0; i < n; i++)
		json_put_text(r->w, NULL, names[i]);
	json_close_array(r->w);
	json_close_object(r->w);
}

int
api_resultant_acl(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);
	struct rules rules = { &w, true };

	(void)err;
	json_put_bool(&w, "root", false);
	json_open_object(&w, "exact_paths");
	acl_each(c->grant->acl, put_rule, &rules);
	json_close_object(&w);
	json_open_object(&w, "glob_paths");
	rules.exact = false;
	acl_each(c->grant->acl, put_rule, &rules);
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}
