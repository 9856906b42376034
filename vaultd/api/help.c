/*
 * Keeper: help about a path, from the rows of its engine's table.
 * Security: everybody may ask for help; a mount in which the caller may do nothing is as none.
 */
#include "vaultd/api/help.h"

#include "vaultd/api/openapi.h"
#include "vaultd/keeper/routes.h"

static const struct {
	enum operation operation;
	const char *verb;
} verbs[] = { { OP_READ, "get" }, { OP_LIST, "list" }, { OP_SCAN, "scan" }, { OP_WRITE, "post" },
	{ OP_PATCH, "patch" }, { OP_DELETE, "delete" } };

#define VERBS (sizeof(verbs) / sizeof(*verbs))

/* What can be done at the path, and the first row that does; NULL: nothing. */
static const struct route *
describe_path(const struct call *c, struct buf *text)
{
	const struct route *first = NULL;
	struct call asked = *c;
	bool known;

	for (size_t i = 0; i < VERBS; i++) {
		const struct route *r;

		asked.operation = verbs[i].operation;
		r = routes_find(&asked, c->mount->type, &known);
		if (r == NULL)
			continue;
		if (first == NULL || r < first)
			first = r;
		buf_printf(text, "%s: %s\n", verbs[i].verb, r->help);
		if (r->fields != NULL && r->fields[0] != '\0')
			buf_printf(text, "    parameters: %s\n", r->fields);
	}
	return first;
}

/* Of a mount itself: the paths that it has. */
static void
describe_mount(const struct call *c, struct buf *text)
{
	buf_printf(text, "%s: the paths of this engine\n", mount_type_name(c->mount->type));
	for (const struct route *r = routes_of(c->mount->type); r->pattern != NULL; r++)
		if (r->help[0] != '\0')
			buf_printf(text, "    %s: %s\n", r->pattern, r->help);
}

int
help_answer(struct call *c)
{
	const struct route *first = NULL;
	struct buf text = BUF_INIT;
	struct json_writer w;

	if (c->mount == NULL || !acl_touches(c->grant->acl, c->mount->path))
		return call_refuse(c, 404, "no handler for route \"%.*s\". route entry not found.",
		    STR(c->path));
	if (c->rest.len == 0)
		describe_mount(c, &text);
	else
		first = describe_path(c, &text);
	if (text.len == 0) {
		buf_free(&text);
		return call_refuse_wrapped(c, 404, "unsupported path");
	}
	w = reply_data(c);
	json_put_str(&w, "help", buf_str(&text));
	json_put_null(&w, "see_also");
	json_open_object(&w, "openapi");
	openapi_put_info(&w);
	json_open_object(&w, "paths");
	if (first != NULL)
		openapi_put_path(&w, c->mount->path, first);
	json_close_object(&w);
	json_close_object(&w);
	json_close_object(&w);
	c->reply.raw = true;
	buf_free(&text);
	return 0;
}
