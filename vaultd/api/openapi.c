/*
 * Keeper: sys/internal/specs/openapi: the API of the mounts that the caller can reach, out of
 * the tables that serve it.
 */
#include "vaultd/api/openapi.h"

#include <string.h>

#include "vaultd/api/ui.h"
#include "vaultd/keeper/routes.h"

static const struct {
	unsigned operations;
	const char *verb;
} verbs[] = { { OP_READ | OP_LIST, "get" }, { OP_WRITE, "post" }, { OP_PATCH, "patch" },
	{ OP_DELETE, "delete" } };

#define VERBS (sizeof(verbs) / sizeof(*verbs))

void
openapi_put_info(struct json_writer *w)
{
	json_put_text(w, "openapi", "3.0.2");
	json_open_object(w, "info");
	json_put_text(w, "title", "vaultd");
	json_put_text(w, "version", VERSION);
	json_close_object(w);
}

/* ---- parameters ---- */

static void
put_parameter(struct json_writer *w, struct str name, const char *in, bool required)
{
	json_open_object(w, NULL);
	json_put_str(w, "name", name);
	json_put_text(w, "in", in);
	json_put_bool(w, "required", required);
	json_open_object(w, "schema");
	json_put_text(w, "type", "string");
	json_close_object(w);
	json_close_object(w);
}

static void
put_path_parameters(struct json_writer *w, const char *pattern)
{
	struct str segment, name, rest = str_of(pattern);
	bool more = true;

	while (more) {
		more = str_cut(rest, '/', &segment, &rest);
		if (route_parameter(segment, &name))
			put_parameter(w, name, "path", true);
	}
}

static void
put_query(struct json_writer *w, const char *fields)
{
	struct str name, rest = str_of(fields != NULL ? fields : "");

	while (str_cut(rest, ' ', &name, &rest) || name.len > 0)
		put_parameter(w, name, "query", false);
}

static void
put_body(struct json_writer *w, const char *fields)
{
	struct str name, rest = str_of(fields != NULL ? fields : "");

	json_open_object(w, "requestBody");
	json_open_object(w, "content");
	json_open_object(w, "application/json");
	json_open_object(w, "schema");
	json_put_text(w, "type", "object");
	json_open_object(w, "properties");
	while (str_cut(rest, ' ', &name, &rest) || name.len > 0) {
		json_put_name(w, name);
		json_open_object(w, NULL);
		json_close_object(w);
	}
	for (int i = 0; i < 5; i++)
		json_close_object(w);
}

/* ---- operations ---- */

static void
put_operation(struct json_writer *w, const struct route *r, const char *verb, bool lists)
{
	bool body = (r->operations & (OP_WRITE | OP_PATCH)) != 0 && strcmp(verb, "get") != 0 &&
	    strcmp(verb, "delete") != 0;

	json_open_object(w, verb);
	json_put_text(w, "summary", r->help);
	json_open_array(w, "parameters");
	put_path_parameters(w, r->pattern);
	if (lists)
		put_parameter(w, str_of("list"), "query", (r->operations & OP_READ) == 0);
	if (!body)
		put_query(w, r->fields);
	json_close_array(w);
	if (body)
		put_body(w, r->fields);
	json_open_object(w, "responses");
	json_open_object(w, "200");
	json_put_text(w, "description", "OK");
	json_close_object(w);
	json_close_object(w);
	json_close_object(w);
}

/* "*name" and "*name?" are one path here. */
static bool
is_same(const char *a, const char *b)
{
	return strncmp(a, b, strcspn(a, "?")) == 0 && strcspn(a, "?") == strcspn(b, "?");
}

/* The row of a pattern for one of these operations; NULL: none. */
static const struct route *
row_for(const struct route *r, const char *pattern, unsigned operations)
{
	for (; r->pattern != NULL; r++)
		if ((r->operations & operations) != 0 && is_same(r->pattern, pattern))
			return r;
	return NULL;
}

static struct str
path_text(struct str mount, const char *pattern, struct buf *text)
{
	struct str segment, name, rest = str_of(pattern);
	bool more = true;

	buf_put_text(text, "/");
	buf_put_str(text, mount);
	while (more) {
		more = str_cut(rest, '/', &segment, &rest);
		if (route_parameter(segment, &name))
			buf_printf(text, "{%.*s}", STR(name));
		else
			buf_put_str(text, segment);
		if (more)
			buf_put_text(text, "/");
	}
	return buf_str(text);
}

void
openapi_put_path(struct json_writer *w, struct str mount, const struct route *first)
{
	struct buf text = BUF_INIT;

	json_put_name(w, path_text(mount, first->pattern, &text));
	json_open_object(w, NULL);
	for (size_t i = 0; i < VERBS; i++) {
		const struct route *r = row_for(first, first->pattern, verbs[i].operations);
		bool lists = i == 0 && row_for(first, first->pattern, OP_LIST) != NULL;

		if (r != NULL)
			put_operation(w, r, verbs[i].verb, lists);
	}
	json_close_object(w);
	buf_free(&text);
}

static void
put_mount(struct json_writer *w, const struct mount *m)
{
	const struct route *all = routes_of(m->type), *r;

	for (r = all; r->pattern != NULL; r++)
		if (row_for(all, r->pattern, ~0u) == r && (r->flags & ROUTE_ELSE) == 0)
			openapi_put_path(w, m->path, r);
}

int
api_openapi(struct call *c, struct error *err)
{
	struct json_writer w;

	(void)err;
	if (c->grant == NULL)
		return call_refuse(c, 403, "permission denied");
	w = reply_data(c);
	openapi_put_info(&w);
	json_open_object(&w, "paths");
	for (unsigned i = 0; i < mounts_count(c->mounts); i++)
		if (acl_touches(c->grant->acl, mounts_at(c->mounts, i)->path))
			put_mount(&w, mounts_at(c->mounts, i));
	json_close_object(&w);
	json_open_object(&w, "components");
	json_open_object(&w, "schemas");
	json_close_object(&w);
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}
