/*
 * Keeper: help about a path, from the rows of its engine's table.
 */
#include "vaultd/api/help.h"

#include "vaultd/keeper/routes.h"

static const struct {
	enum operation operation;
	const char *verb;
} verbs[] = { { OP_READ, "get" }, { OP_LIST, "list" }, { OP_SCAN, "scan" }, { OP_WRITE, "post" },
	{ OP_PATCH, "patch" }, { OP_DELETE, "delete" } };

#define VERBS (sizeof(verbs) / sizeof(*verbs))

static void
put_openapi(struct json_writer *w, const struct call *c, const struct route *const *rows)
{
	json_open_object(w, "openapi");
	json_put_text(w, "openapi", "3.0.2");
	json_open_object(w, "info");
	json_put_text(w, "title", "vaultd");
	json_put_text(w, "version", VERSION);
	json_close_object(w);
	json_open_object(w, "paths");
	json_put_name(w, c->path);
	json_open_object(w, NULL);
	for (size_t i = 0; i < VERBS; i++) {
		if (rows[i] == NULL)
			continue;
		json_open_object(w, verbs[i].verb);
		json_put_text(w, "summary", rows[i]->help);
		json_close_object(w);
	}
	json_close_object(w);
	json_close_object(w);
	json_close_object(w);
}

int
help_answer(struct call *c)
{
	const struct route *rows[VERBS] = { NULL };
	struct call asked = *c;
	struct buf text = BUF_INIT;
	struct json_writer w;
	bool known;

	for (size_t i = 0; c->mount != NULL && i < VERBS; i++) {
		asked.operation = verbs[i].operation;
		rows[i] = routes_find(&asked, c->mount->type, &known);
		if (rows[i] != NULL)
			buf_printf(&text, "%s: %s\n", verbs[i].verb, rows[i]->help);
	}
	if (text.len == 0) {
		buf_free(&text);
		return call_refuse_wrapped(c, 404, "unsupported path");
	}
	w = reply_data(c);
	json_put_str(&w, "help", buf_str(&text));
	json_put_null(&w, "see_also");
	put_openapi(&w, c, rows);
	json_close_object(&w);
	c->reply.raw = true;
	buf_free(&text);
	return 0;
}
