/*
 * The HCL 1 reader: policies in the keeper, configuration everywhere.
 * Security: policies come from callers; depth and number of nodes are counted before what lies
 * beyond them is read.
 */
#include "base/hcl.h"
#include "base/hcl_lex.h"

#define DEPTH_MAX 32
#define NODES_MAX 20000

struct parser {
	struct hcl_lexer in;
	unsigned depth, nodes;
};

static int read_value(struct parser *p, struct hcl *node);

static int
refuse(const struct parser *p, const char *why)
{
	return hcl_lexer_refuse(&p->in, ERR_INVALID, why);
}

static int
next(struct parser *p)
{
	return hcl_lexer_next(&p->in);
}

/* A node that begins at the last token, appended to parent's children, which end at *end. */
static struct hcl *
add(struct parser *p, struct hcl *parent, struct hcl ***end)
{
	struct hcl *node = p->nodes < NODES_MAX ? arena_alloc(p->in.arena, sizeof *node) : NULL;

	if (node == NULL) {
		hcl_lexer_refuse(&p->in, ERR_LIMIT, "there are too many values");
		return NULL;
	}
	p->nodes++;
	node->line = p->in.line;
	node->column = p->in.column;
	parent->count++;
	**end = node;
	*end = &node->next;
	return node;
}

static int
enter(struct parser *p)
{
	if (p->depth == DEPTH_MAX)
		return hcl_lexer_refuse(&p->in, ERR_LIMIT, "the nesting is too deep");
	p->depth++;
	return 0;
}

static bool
is_key(const struct parser *p)
{
	return p->in.token == HCL_TOKEN_WORD || p->in.token == HCL_TOKEN_STRING;
}

static int read_members(struct parser *p, struct hcl *object, enum hcl_token close);

/* The object whose opening brace was read last. */
static int
read_object(struct parser *p, struct hcl *node)
{
	node->type = HCL_OBJECT;
	if (enter(p) != 0 || next(p) != 0 || read_members(p, node, HCL_TOKEN_CLOSE_OBJECT) != 0)
		return -1;
	p->depth--;
	return next(p);
}

/*
 * The labels and the object behind a key.  The first label is node's; a second one is the key
 * of a node inside it, a third that one's label, and so on.
 */
static int
read_block(struct parser *p, struct hcl *node)
{
	unsigned depth = p->depth;

	while (is_key(p)) {
		if (node->label.at == NULL) {
			node->label = p->in.text;
		} else {
			struct hcl **end = &node->first;

			node->type = HCL_OBJECT;
			node = enter(p) == 0 ? add(p, node, &end) : NULL;
			if (node == NULL)
				return -1;
			node->key = p->in.text;
		}
		if (next(p) != 0)
			return -1;
	}
	if (p->in.token != HCL_TOKEN_OPEN_OBJECT)
		return refuse(p, "'=' or '{' is missing behind a key");
	if (read_object(p, node) != 0)
		return -1;
	p->depth = depth;
	return 0;
}

static int
read_members(struct parser *p, struct hcl *object, enum hcl_token close)
{
	struct hcl **end = &object->first;

	while (p->in.token != close) {
		struct hcl *node;
		int rc;

		if (!is_key(p))
			return refuse(p, "a key is missing");
		node = add(p, object, &end);
		if (node == NULL)
			return -1;
		node->key = p->in.text;
		if (next(p) != 0)
			return -1;
		if (p->in.token == HCL_TOKEN_EQUALS)
			rc = next(p) == 0 ? read_value(p, node) : -1;
		else
			rc = read_block(p, node);
		if (rc != 0 || (p->in.token == HCL_TOKEN_COMMA && next(p) != 0))
			return -1;
	}
	return 0;
}

/* The list whose opening bracket was read last. */
static int
read_list(struct parser *p, struct hcl *list)
{
	struct hcl **end = &list->first;

	list->type = HCL_LIST;
	if (enter(p) != 0 || next(p) != 0)
		return -1;
	while (p->in.token != HCL_TOKEN_CLOSE_LIST) {
		struct hcl *node = add(p, list, &end);

		if (node == NULL || read_value(p, node) != 0)
			return -1;
		if (p->in.token == HCL_TOKEN_COMMA) {
			if (next(p) != 0)
				return -1;
		} else if (p->in.token != HCL_TOKEN_CLOSE_LIST) {
			return refuse(p, "',' or ']' is missing in a list");
		}
	}
	p->depth--;
	return next(p);
}

static int
read_scalar(struct parser *p, struct hcl *node, enum hcl_type type)
{
	node->type = type;
	node->text = p->in.text;
	return next(p);
}

/* The value that begins with the last token; the token behind it is read. */
static int
read_value(struct parser *p, struct hcl *node)
{
	switch (p->in.token) {
	case HCL_TOKEN_STRING:
	case HCL_TOKEN_HEREDOC:
		return read_scalar(p, node, HCL_STRING);
	case HCL_TOKEN_NUMBER:
		return read_scalar(p, node, HCL_NUMBER);
	case HCL_TOKEN_OPEN_LIST:
		return read_list(p, node);
	case HCL_TOKEN_OPEN_OBJECT:
		return read_object(p, node);
	case HCL_TOKEN_WORD:
		if (str_is(p->in.text, "true") || str_is(p->in.text, "false"))
			return read_scalar(p, node, HCL_BOOL);
		return refuse(p, "a word is no value; put it in quotes");
	default:
		return refuse(p, "a value is missing");
	}
}

struct hcl *
hcl_parse(struct arena *a, struct str text, struct error *err)
{
	struct parser p = {.depth = 0};
	struct hcl holder = {.type = HCL_OBJECT}, **end = &holder.first, *root;

	if (hcl_lexer_open(&p.in, a, text, err) != 0)
		return NULL;
	root = add(&p, &holder, &end);
	if (root == NULL)
		return NULL;
	root->type = HCL_OBJECT;
	if (next(&p) != 0 || read_members(&p, root, HCL_TOKEN_END) != 0)
		return NULL;
	return root;
}

const struct hcl *
hcl_find(const struct hcl *object, const char *key)
{
	struct str wanted = str_of(key);

	for (const struct hcl *node = object->first; node != NULL; node = node->next)
		if (str_equal(node->key, wanted))
			return node;
	return NULL;
}
