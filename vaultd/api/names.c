/*
 * Keeper: names of policies, and sets of them.
 */
#include "vaultd/api/names.h"

#include <string.h>

#include "policy/glob.h"

struct str
name_canonical(struct arena *a, struct str name)
{
	struct str copy = arena_copy(a, name);
	char *at = (char *)(uintptr_t)copy.at;

	if (at == NULL)
		return (struct str){ "", 0 };
	for (size_t i = 0; i < name.len; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] = (char)(at[i] | 0x20);
	while (copy.len > 0 && copy.at[0] == ' ')
		copy = str_from(copy, 1);
	while (copy.len > 0 && copy.at[copy.len - 1] == ' ')
		copy.len--;
	return copy;
}

void
names_add(struct arena *a, struct names *n, struct str name)
{
	unsigned at = 0;

	name = name_canonical(a, name);
	while (at < n->count && str_compare(n->list[at], name) < 0)
		at++;
	if (name.len == 0 || (at < n->count && str_equal(n->list[at], name)))
		return;
	if (n->count == CLAIMS_POLICIES) {
		n->lost++;
		return;
	}
	memmove(n->list + at + 1, n->list + at, (n->count - at) * sizeof(*n->list));
	n->list[at] = name;
	n->count++;
}

void
names_remove(struct names *n, const char *name)
{
	for (unsigned i = 0; i < n->count; i++)
		if (str_is(n->list[i], name)) {
			n->count--;
			memmove(n->list + i, n->list + i + 1,
			    (n->count - i) * sizeof(*n->list));
			return;
		}
}

bool
names_have(const struct names *n, struct str name)
{
	for (unsigned i = 0; i < n->count; i++)
		if (str_equal(n->list[i], name))
			return true;
	return false;
}

bool
names_within(const struct names *n, const struct names *others)
{
	for (unsigned i = 0; i < n->count; i++)
		if (!names_have(others, n->list[i]))
			return false;
	return true;
}

bool
names_match(const struct names *globs, struct str name)
{
	for (unsigned i = 0; i < globs->count; i++)
		if (glob_match(globs->list[i], name))
			return true;
	return false;
}

void
names_add_json(struct arena *a, struct names *n, const struct json *array)
{
	if (array == NULL || array->type != JSON_ARRAY)
		return;
	for (const struct json *e = array->first; e != NULL; e = e->next)
		if (e->type == JSON_STRING)
			names_add(a, n, e->text);
}

void
names_put(struct json_writer *w, const char *member, const struct names *n)
{
	json_open_array(w, member);
	for (unsigned i = 0; i < n->count; i++)
		json_put_str(w, NULL, n->list[i]);
	json_close_array(w);
}
