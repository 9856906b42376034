/*
 * HCL in its JSON form.  The text is read as JSON; a second walk over it, beside the tree,
 * finds the place of each value.
 * Security: the walk trusts the form of the text because the reader has accepted it.
 */
#include <string.h>

#include "base/hcl.h"
#include "base/json.h"

static const struct json_limits limits = {32, 20000};

struct walker {
	struct arena *arena;
	const char *at, *end, *line_start;
	unsigned line;
	struct error *err;
};

/* Step over what stands between tokens. */
static void
skip_between(struct walker *w)
{
	for (; w->at < w->end && strchr(" \t\r\n,:", *w->at) != NULL; w->at++) {
		if (*w->at == '\n') {
			w->line++;
			w->line_start = w->at + 1;
		}
	}
}

static void
skip_string(struct walker *w)
{
	for (w->at++; *w->at != '"'; w->at++)
		if (*w->at == '\\')
			w->at++;
	w->at++;
}

static int convert_children(struct walker *w, const struct json *v, struct hcl *node);

/* The value at the walker, behind its name. */
static int
convert_value(struct walker *w, const struct json *v, struct hcl *node)
{
	node->text = v->text;
	switch (v->type) {
	case JSON_NULL:
		return error_set(w->err, ERR_INVALID,
		    "line %u, column %u: null is no value here", node->line, node->column);
	case JSON_FALSE:
	case JSON_TRUE:
		node->type = HCL_BOOL;
		node->text = str_of(v->type == JSON_TRUE ? "true" : "false");
		w->at += node->text.len;
		return 0;
	case JSON_NUMBER:
		node->type = HCL_NUMBER;
		w->at += v->text.len;
		return 0;
	case JSON_STRING:
		node->type = HCL_STRING;
		skip_string(w);
		return 0;
	case JSON_ARRAY:
		node->type = HCL_LIST;
		return convert_children(w, v, node);
	case JSON_OBJECT:
		break;
	}
	node->type = HCL_OBJECT;
	return convert_children(w, v, node);
}

/* The node of v, or NULL. */
static struct hcl *
convert(struct walker *w, const struct json *v, bool named)
{
	struct hcl *node = arena_alloc(w->arena, sizeof *node);

	if (node == NULL) {
		error_set(w->err, ERR_LIMIT, "there are too many values");
		return NULL;
	}
	skip_between(w);
	node->line = w->line;
	node->column = (unsigned)(w->at - w->line_start) + 1;
	if (named) {
		node->key = v->name;
		skip_string(w);
		skip_between(w);
	}
	return convert_value(w, v, node) == 0 ? node : NULL;
}

static int
convert_children(struct walker *w, const struct json *v, struct hcl *node)
{
	struct hcl **end = &node->first;

	w->at++;
	for (const struct json *child = v->first; child != NULL; child = child->next) {
		*end = convert(w, child, v->type == JSON_OBJECT);
		if (*end == NULL)
			return -1;
		end = &(*end)->next;
		node->count++;
	}
	skip_between(w);
	w->at++;
	return 0;
}

struct hcl *
hcl_parse_json(struct arena *a, struct str text, struct error *err)
{
	struct walker w = {a, text.at, text.at + text.len, text.at, 1, err};
	struct json *root = json_parse(a, text, &limits, err);

	if (root == NULL)
		return NULL;
	if (root->type != JSON_OBJECT) {
		error_set(err, ERR_INVALID, "line 1, column 1: this is no object");
		return NULL;
	}
	return convert(&w, root, false);
}
