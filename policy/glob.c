/*
 * Which certificates a role admits, in the keeper.
 */
#include "policy/glob.h"

/*
 * A '*' first takes nothing, then one byte more each time the rest does not fit.  Only the last
 * one met needs that: an earlier one taking more gains nothing.
 */
bool
glob_match(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = 0, resume = 0;
	bool starred = false;

	while (t < text.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			starred = true;
			star = ++p;
			resume = t;
		} else if (p < pattern.len && pattern.at[p] == text.at[t]) {
			p++;
			t++;
		} else if (starred) {
			p = star;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

/* One of the globs matches one of the names. */
static bool
any_match(const struct str *globs, unsigned glob_count, const struct str *names, unsigned count)
{
	for (unsigned i = 0; i < glob_count; i++)
		for (unsigned j = 0; j < count; j++)
			if (glob_match(globs[i], names[j]))
				return true;
	return false;
}

/* A list of constraints of one kind: none asks for nothing. */
static bool
admits(const struct str *globs, unsigned glob_count, const struct name_list *names)
{
	return glob_count == 0 || any_match(globs, glob_count, names->names, names->count);
}

/* A certificate without a common name has none, not an empty one that "*" would match. */
static unsigned
common_names(const struct identity *id)
{
	return id->common_name.len > 0;
}

/* "1.2.3:glob" */
static bool
extension_admits(struct str constraint, const struct identity *id)
{
	struct str oid, glob;

	if (!str_cut(constraint, ':', &oid, &glob))
		return false;
	for (unsigned i = 0; i < id->extension_count; i++)
		if (str_equal(id->extensions[i].oid, oid) &&
		    glob_match(glob, id->extensions[i].value))
			return true;
	return false;
}

bool
constraints_admit(const struct constraints *c, const struct identity *id)
{
	unsigned names = common_names(id);

	if (c->name_count > 0 && !any_match(c->names, c->name_count, &id->common_name, names) &&
	    !admits(c->names, c->name_count, &id->dns) &&
	    !admits(c->names, c->name_count, &id->email))
		return false;
	if (c->common_name_count > 0 &&
	    !any_match(c->common_names, c->common_name_count, &id->common_name, names))
		return false;
	for (unsigned i = 0; i < c->extension_count; i++)
		if (!extension_admits(c->extensions[i], id))
			return false;
	return admits(c->dns, c->dns_count, &id->dns) &&
	       admits(c->email, c->email_count, &id->email) &&
	       admits(c->uri, c->uri_count, &id->uri) &&
	       admits(c->units, c->unit_count, &id->units);
}
