/*
 * The JSON reader, for request bodies in the keeper and for files and replies elsewhere.
 * Security: what is read is a stranger's.  Depth and number of values are counted before what
 * lies beyond them is read, and no object costs more than sorting its names.
 */
#include <string.h>

#include "base/json.h"
#include "base/json_text.h"

/* Members of an object that are compared each with each instead of being sorted. */
#define FEW 16

const struct json_limits json_limits_body = {64, 50000};

struct parser {
	struct json_cursor in;
	struct arena *arena;
	const struct json_limits *limits;
	unsigned depth, values;
	struct error *err;
};

static int read_value(struct parser *p, struct json *v);

static int
refuse(struct parser *p, const char *why)
{
	return json_cursor_refuse(&p->in, why, p->err);
}

static int
count(struct parser *p, unsigned *counted, unsigned limit, const char *what)
{
	if (*counted >= limit)
		return error_set(p->err, ERR_LIMIT,
		    "refused JSON input due to high complexity: %s exceeds %u", what, limit);
	++*counted;
	return 0;
}

static void
skip_space(struct parser *p)
{
	struct json_cursor *c = &p->in;

	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
		c->at++;
}

static struct json *
new_value(struct parser *p)
{
	struct json *v;

	if (count(p, &p->values, p->limits->values, "the number of values") != 0)
		return NULL;
	v = arena_alloc(p->arena, sizeof *v);
	if (v == NULL)
		json_arena_refuse(p->err);
	return v;
}

static bool
has_duplicate_of_few(const struct json *object)
{
	for (const struct json *m = object->first; m != NULL; m = m->next)
		for (const struct json *n = object->first; n != m; n = n->next)
			if (str_equal(m->name, n->name))
				return true;
	return false;
}

static int
refuse_duplicates(struct parser *p, const struct json *object)
{
	size_t mark = arena_used(p->arena);
	const struct json **sorted;
	bool found = false;

	if (object->count <= FEW) {
		found = has_duplicate_of_few(object);
	} else {
		sorted = json_sort(p->arena, object);
		if (sorted == NULL)
			return json_arena_refuse(p->err);
		for (unsigned i = 1; i < object->count && !found; i++)
			found = str_equal(sorted[i - 1]->name, sorted[i]->name);
		arena_rewind(p->arena, mark);
	}
	return found ? refuse(p, "the object that ends here has a name twice") : 0;
}

static int
read_name(struct parser *p, struct str *name)
{
	if (json_cursor_peek(&p->in) != '"')
		return refuse(p, "a member's name is missing");
	if (json_string_read(&p->in, p->arena, name, p->err) != 0)
		return -1;
	skip_space(p);
	if (!json_cursor_take(&p->in, ':'))
		return refuse(p, "a colon is missing behind a name");
	skip_space(p);
	return 0;
}

/* Members or elements up to close, the cursor behind the opening bracket. */
static int
read_children(struct parser *p, struct json *v, char close)
{
	struct json **end = &v->first;

	skip_space(p);
	if (json_cursor_take(&p->in, close))
		return 0;
	do {
		struct json *child = *end = new_value(p);

		if (child == NULL)
			return -1;
		skip_space(p);
		if (v->type == JSON_OBJECT && read_name(p, &child->name) != 0)
			return -1;
		if (read_value(p, child) != 0)
			return -1;
		skip_space(p);
		end = &child->next;
		v->count++;
	} while (json_cursor_take(&p->in, ','));
	if (!json_cursor_take(&p->in, close))
		return refuse(p, "a comma or a closing bracket is missing");
	return v->type == JSON_OBJECT ? refuse_duplicates(p, v) : 0;
}

static int
read_container(struct parser *p, struct json *v, enum json_type type, char close)
{
	v->type = type;
	if (count(p, &p->depth, p->limits->depth, "the depth") != 0)
		return -1;
	p->in.at++;
	if (read_children(p, v, close) != 0)
		return -1;
	p->depth--;
	return 0;
}

static int
read_word(struct parser *p, struct json *v, enum json_type type, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(p->in.end - p->in.at) < len || memcmp(p->in.at, word, len) != 0)
		return refuse(p, "a value is missing");
	p->in.at += len;
	v->type = type;
	return 0;
}

static int
read_value(struct parser *p, struct json *v)
{
	switch (json_cursor_peek(&p->in)) {
	case '{':
		return read_container(p, v, JSON_OBJECT, '}');
	case '[':
		return read_container(p, v, JSON_ARRAY, ']');
	case '"':
		v->type = JSON_STRING;
		return json_string_read(&p->in, p->arena, &v->text, p->err);
	case 'n':
		return read_word(p, v, JSON_NULL, "null");
	case 't':
		return read_word(p, v, JSON_TRUE, "true");
	case 'f':
		return read_word(p, v, JSON_FALSE, "false");
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		v->type = JSON_NUMBER;
		return json_number_read(&p->in, &v->text, p->err);
	default:
		return refuse(p, "a value is missing");
	}
}

struct json *
json_parse(
    struct arena *a, struct str text, const struct json_limits *limits, struct error *err)
{
	struct parser p = {.arena = a, .limits = limits, .err = err};
	struct json *root;

	if (text.len == 0)
		text.at = "";
	p.in = (struct json_cursor){text.at, text.at, text.at + text.len};
	root = new_value(&p);
	skip_space(&p);
	if (root == NULL || read_value(&p, root) != 0)
		return NULL;
	skip_space(&p);
	if (p.in.at != p.in.end) {
		refuse(&p, "something follows the value");
		return NULL;
	}
	return root;
}
