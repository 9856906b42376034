/*
 * Keeper: templates in what a role allows, filled in with who asks: so that one role lets every
 * caller ask for its own name.
 * Security: what has no value, and a value that would be a glob (unless the role takes those),
 * allows nothing.
 */
#include <string.h>

#include "vaultd/api/pki_role.h"
#include "vaultd/keeper/standing.h"

static size_t
find_pair(struct str s, const char *pair)
{
	const char *at = s.len == 0 ? NULL : memmem(s.at, s.len, pair, 2);

	return at == NULL ? s.len : (size_t)(at - s.at);
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && s.at[0] == ' ')
		s = str_from(s, 1);
	while (s.len > 0 && s.at[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* False: it allows nothing. */
static bool
fill(const struct standing *who, bool globs, struct str text, struct buf *out)
{
	for (size_t at; (at = find_pair(text, "{{")) < text.len;) {
		struct str expression = str_from(text, at + 2), value;

		buf_put(out, text.at, at);
		expression.len = find_pair(expression, "}}");
		if (at + 2 + expression.len == text.len)
			return false;
		text = str_from(text, at + 2 + expression.len + 2);
		value = standing_resolve(who, trim(expression));
		if (value.at == NULL || value.len == 0 ||
		    (!globs && memchr(value.at, '*', value.len) != NULL))
			return false;
		buf_put_str(out, value);
	}
	buf_put_str(out, text);
	return true;
}

static int
fill_all(struct call *c, const struct standing *who, bool globs, struct str_list *list)
{
	struct str *filled = arena_alloc(c->arena, (list->count + 1) * sizeof(*filled));
	unsigned kept = 0;

	if (filled == NULL)
		return call_refuse(c, 413, "http: request body too large");
	for (unsigned i = 0; i < list->count; i++) {
		struct buf text = BUF_INIT;

		if (!fill(who, globs, list->at[i], &text)) {
			buf_free(&text);
			continue;
		}
		filled[kept] = pki_keep(c, &text);
		if (filled[kept++].at == NULL)
			return -1;
	}
	*list = (struct str_list){ filled, kept };
	return 0;
}

int
pki_templates_fill(
    struct call *c, const struct json *role, struct issue_rules *rules, struct error *err)
{
	bool globs = settings_truth(role, "allow_globs_in_identity_templates");
	bool domains = settings_truth(role, "allowed_domains_template");
	bool uris = settings_truth(role, "allowed_uri_sans_template");
	struct identities all;
	struct standing who;
	int rc = 0;

	if (!domains && !uris)
		return 0;
	all = authority_identities(c->authority);
	if (standing_of_caller(&all, c->peer->identity->id, &who, err) != 0)
		return -1;
	if (domains)
		rc = fill_all(c, &who, globs, &rules->domains);
	if (rc == 0 && uris)
		rc = fill_all(c, &who, globs, &rules->uris);
	standing_free(&who);
	return rc;
}
