/*
 * Which rule applies to a path, in the keeper, for every request.
 * Patterns that begin alike up to their first wildcard share a head.  A later first wildcard
 * wins, so the longest head that the path begins with is asked first, then the next shorter:
 * a binary search and a walk up, whatever the number of rules.
 */
#include "policy/match.h"

static const struct grant *
find_exact(const struct acl *a, struct str path)
{
	unsigned low = 0, high = a->exact_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int order = str_compare(path, a->exact[middle].rule.pattern);

		if (order == 0)
			return &a->exact[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/*
 * The last head not behind path in the order of bytes.  Each head that path begins with is
 * this one or one of its parents: whatever sorts between a head and a path that begins with
 * it begins with it too.
 */
static unsigned
last_head(const struct acl *a, struct str path)
{
	unsigned low = 0, high = a->head_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (str_compare(a->heads[middle].text, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? NO_HEAD : low - 1;
}

static bool
segment_matches(struct str pattern, struct str text)
{
	return str_is(pattern, "+") || str_equal(pattern, text);
}

/* What stands behind the head, segment by segment. */
static bool
tail_matches(const struct grant *g, struct str path)
{
	struct str pattern = str_from(g->rule.pattern, g->head.len);
	struct str want, have;

	path = str_from(path, g->head.len);
	if (g->wildcards == 0)
		return true;
	while (str_cut(pattern, '/', &want, &pattern))
		if (!str_cut(path, '/', &have, &path) || !segment_matches(want, have))
			return false;
	if (g->rule.prefix)
		return begins_with(path, want);
	return !str_cut(path, '/', &have, &path) && segment_matches(want, have);
}

static const struct grant *
find_wild(const struct acl *a, struct str path)
{
	for (unsigned h = last_head(a, path); h != NO_HEAD; h = a->heads[h].parent) {
		const struct head *head = &a->heads[h];

		if (!begins_with(path, head->text))
			continue;
		for (unsigned i = head->first; i < head->first + head->count; i++)
			if (tail_matches(&a->wild[i], path))
				return &a->wild[i];
	}
	return NULL;
}

const struct grant *
acl_find(const struct acl *a, struct str path, bool listing)
{
	struct str bare = {path.at, path.len - str_ends(path, "/")};
	const struct grant *g = find_exact(a, path);

	if (g == NULL && listing)
		g = find_exact(a, bare);
	if (g == NULL)
		g = find_wild(a, path);
	if (g == NULL && listing && bare.len < path.len)
		g = find_wild(a, bare);
	return g;
}

bool
grant_reaches(const struct grant *g, struct str path)
{
	struct str pattern = g->rule.pattern, want, have;
	bool more = path.len > 0;

	path.len -= str_ends(path, "/");
	while (more) {
		more = str_cut(path, '/', &have, &path);
		if (!str_cut(pattern, '/', &want, &pattern) || !segment_matches(want, have))
			return false;
	}
	return true;
}
