/*
 * vaultctl: fields of several secrets.  They lie in an arena and a buffer that wipe themselves.
 */
#include "client/values.h"

#include <string.h>

#define ARENA_MOST ((size_t)256 * 1024 * 1024) /* address space; touched as it is used */

static const struct json *
find_same(const struct json *trees, struct str name)
{
	for (const struct json *f = trees != NULL ? trees->first : NULL; f != NULL; f = f->next)
		if (str_equal(f->name, name))
			return f;
	return NULL;
}

/* The fields of one more source, which none before it has. */
static int
add(struct values *v, struct json_writer *w, const struct value_source *sources, unsigned i,
    const struct json **trees, struct error *err)
{
	trees[i] = json_parse(v->arena, buf_str(&sources[i].text), &json_limits_body, err);
	if (trees[i] == NULL)
		return error_prefix(err, "%s: ", sources[i].secret);
	for (const struct json *f = trees[i]->first; f != NULL; f = f->next) {
		for (unsigned k = 0; k < i; k++)
			if (find_same(trees[k], f->name) != NULL)
				return error_set(err, ERR_CONFLICT,
				    "both %s and %s have a field %.*s", sources[k].secret,
				    sources[i].secret, STR(f->name));
		json_put_name(w, f->name);
		json_put_value(w, NULL, f);
	}
	return 0;
}

int
values_join(
    struct values *v, const struct value_source *sources, unsigned count, struct error *err)
{
	const struct json **trees;
	struct json_writer w;
	int rc = 0;

	*v = (struct values){BUF_INIT, arena_new(ARENA_MOST, 0, err), NULL};
	if (v->arena == NULL || (trees = arena_alloc(v->arena, count * sizeof(*trees))) == NULL)
		return error_set(err, ERR_LIMIT, "no memory for the secrets");
	w = json_writer_to(&v->text);
	json_open_object(&w, NULL);
	for (unsigned i = 0; i < count && rc == 0; i++)
		rc = add(v, &w, sources, i, trees, err);
	json_close_object(&w);
	if (rc == 0)
		v->fields = json_parse(v->arena, buf_str(&v->text), &json_limits_body, err);
	return v->fields != NULL ? 0 : -1;
}

void
values_free(struct values *v)
{
	arena_free(v->arena);
	buf_free(&v->text);
	*v = (struct values){BUF_INIT, NULL, NULL};
}
