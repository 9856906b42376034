/*
 * Trees of JSON values: finding, making, sorting, patching.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

const struct json *
json_find(const struct json *object, const char *name)
{
	struct str wanted = str_of(name);

	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *m = object->first; m != NULL; m = m->next)
		if (str_equal(m->name, wanted))
			return m;
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return str_compare(
	    (*(const struct json *const *)a)->name, (*(const struct json *const *)b)->name);
}

const struct json **
json_sort(struct arena *a, const struct json *object)
{
	const struct json **sorted = arena_alloc(a, object->count * sizeof *sorted);
	unsigned n = 0;

	if (sorted == NULL)
		return NULL;
	for (const struct json *m = object->first; m != NULL; m = m->next)
		sorted[n++] = m;
	qsort(sorted, n, sizeof *sorted, by_name);
	return sorted;
}

struct json *
json_new(struct arena *a, enum json_type type)
{
	struct json *v = arena_alloc(a, sizeof *v);

	if (v != NULL)
		v->type = type;
	return v;
}

struct json *
json_new_string(struct arena *a, struct str text)
{
	struct json *v = json_new(a, JSON_STRING);

	if (v != NULL)
		v->text = text;
	return v;
}

struct json *
json_new_copy(struct arena *a, const struct json *value)
{
	struct json *copy = value != NULL ? json_new(a, value->type) : NULL;

	if (copy == NULL)
		return NULL;
	*copy = *value;
	copy->next = NULL;
	return copy;
}

struct json *
json_add(struct arena *a, struct json *parent, const char *name, struct json *child)
{
	struct json **end;

	if (parent == NULL || child == NULL)
		return NULL;
	if (name != NULL) {
		child->name = arena_copy(a, str_of(name));
		if (child->name.at == NULL)
			return NULL;
	}
	end = &parent->first;
	while (*end != NULL)
		end = &(*end)->next;
	*end = child;
	parent->count++;
	return child;
}

/* A node like v, with its children, under another name. */
static struct json *
copy(struct arena *a, const struct json *v, struct str name)
{
	struct json *new = json_new(a, v->type);

	if (new != NULL) {
		*new = *v;
		new->name = name;
		new->next = NULL;
	}
	return new;
}

/* What stands first in byte order of target and patch, and the other if it has that name. */
struct pair {
	const struct json *target, *patch;
};

static struct pair
next_pair(const struct json ***target, const struct json **target_end,
    const struct json ***patch, const struct json **patch_end)
{
	struct pair pair = {NULL, NULL};
	int order = *target == target_end ? 1
		    : *patch == patch_end ? -1
					  : str_compare((**target)->name, (**patch)->name);

	if (order <= 0)
		pair.target = *(*target)++;
	if (order >= 0)
		pair.patch = *(*patch)++;
	return pair;
}

/* Append to merged what the pair makes, unless the patch takes it away. */
static struct json **
merge_pair(struct arena *a, struct json *merged, struct json **end, struct pair pair)
{
	const struct json *kept = pair.target;
	struct json *v;

	if (pair.patch != NULL && pair.patch->type == JSON_NULL)
		return end;
	if (pair.patch != NULL)
		v = json_merge_patch(a, kept, pair.patch);
	else
		v = kept != NULL ? copy(a, kept, kept->name) : NULL;
	if (v == NULL)
		return NULL;
	*end = v;
	merged->count++;
	return &v->next;
}

struct json *
json_merge_patch(struct arena *a, const struct json *target, const struct json *patch)
{
	static const struct json nothing = {.type = JSON_OBJECT};
	const struct json **old, **old_end, **new, **new_end;
	struct json *merged, **end;

	if (patch->type != JSON_OBJECT)
		return copy(a, patch, patch->name);
	if (target == NULL || target->type != JSON_OBJECT)
		target = &nothing;
	merged = json_new(a, JSON_OBJECT);
	old = json_sort(a, target);
	new = json_sort(a, patch);
	if (merged == NULL || old == NULL || new == NULL)
		return NULL;
	merged->name = patch->name;
	old_end = old + target->count;
	new_end = new + patch->count;
	for (end = &merged->first; end != NULL && (old < old_end || new < new_end);)
		end = merge_pair(a, merged, end, next_pair(&old, old_end, &new, new_end));
	return end == NULL ? NULL : merged;
}

bool
json_to_int(const struct json *value, int64_t *number)
{
	unsigned long long magnitude, most = INT64_MAX;
	struct str digits;
	bool negative;

	if (value == NULL || (value->type != JSON_NUMBER && value->type != JSON_STRING))
		return false;
	digits = value->text;
	negative = str_starts(digits, "-");
	if (!str_to_u64(str_from(digits, negative), &magnitude) || magnitude > most + negative)
		return false;
	*number = (int64_t)(negative ? 0 - magnitude : magnitude);
	return true;
}
