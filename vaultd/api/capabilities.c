/*
 * Keeper: sys/capabilities: what a caller or a token may do on paths.
 */
#include "vaultd/api/policies.h"
#include "vaultd/api/token.h"

static void
put_capabilities(struct json_writer *w, struct str member, unsigned mask)
{
	const char *names[10];
	unsigned n = capability_names(mask, names);

	json_put_name(w, member);
	json_open_array(w, NULL);
	for (unsigned i = 0; i < n; i++)
		json_put_text(w, NULL, names[i]);
	json_close_array(w);
}

static int
read_paths(struct call *c, struct str **paths, unsigned *count)
{
	if (field_list(c, "paths", paths, count, NULL) != 0)
		return -1;
	if (*count == 0 && field_list(c, "path", paths, count, NULL) != 0)
		return -1;
	if (*count == 0)
		return call_refuse(c, 400, "paths must be supplied");
	return 0;
}

static bool
is_repeated(const struct str *paths, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (str_equal(paths[k], paths[i]))
			return true;
	return false;
}

static int
answer(struct call *c, const struct grant *g, const struct str *paths, unsigned count)
{
	struct json_writer w = reply_data(c);

	for (unsigned i = 0; i < count; i++) {
		struct str path = str_starts(paths[i], "/") ? str_from(paths[i], 1) : paths[i];

		if (!is_repeated(paths, i))
			put_capabilities(&w, paths[i], acl_capabilities(g->acl, path));
		if (count == 1)
			put_capabilities(&w, str_of("capabilities"), acl_capabilities(g->acl, path));
	}
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_capabilities_self(struct call *c, struct error *err)
{
	struct str *paths;
	unsigned count;

	(void)err;
	if (read_paths(c, &paths, &count) != 0)
		return -1;
	return answer(c, c->grant, paths, count);
}

int
api_capabilities(struct call *c, struct error *err)
{
	struct str token = { NULL, 0 }, *paths;
	unsigned count;
	struct token t;

	(void)err;
	if (field_text(c, "token", &token, NULL) != 0)
		return -1;
	if (token.len == 0)
		return call_refuse_wrapped(c, 400, "no token found");
	if (read_paths(c, &paths, &count) != 0)
		return -1;
	if (token_named(c, token, &t) != 0)
		return call_refuse_wrapped(c, 400, "invalid token");
	answer(c, authority_of_token(c->authority, &t), paths, count);
	tokens_release(&t);
	return 0;
}

int
api_capabilities_accessor(struct call *c, struct error *err)
{
	struct str accessor = { NULL, 0 }, *paths;
	unsigned count;
	struct token t;

	(void)err;
	if (field_text(c, "accessor", &accessor, NULL) != 0)
		return -1;
	if (accessor.len == 0)
		return call_refuse(c, 400, "missing accessor");
	if (read_paths(c, &paths, &count) != 0)
		return -1;
	/* A login has no record, but one's own accessor is known. */
	if (str_is(accessor, c->grant->accessor))
		return answer(c, c->grant, paths, count);
	if (token_by_accessor(c, &t) != 0)
		return -1;
	answer(c, authority_of_token(c->authority, &t), paths, count);
	tokens_release(&t);
	return 0;
}
