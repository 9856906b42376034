/*
 * From policies to an acl, in the keeper: templates resolved, rules of one pattern united,
 * everything laid out for match.c.
 * Security: a value from outside that would change a pattern's shape drops the rule.
 */
#include "policy/match.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "policy/unite.h"

/* Why a rule is dropped. */
static const char no_value[] = "its template has no value";
static const char bad_value[] = "its template's value is empty or holds one of / + * ,";

/* Where two bytes stand in s; s.len when they do not. */
static size_t
find_pair(struct str s, const char *pair)
{
	const char *at = s.len < 2 ? NULL : memmem(s.at, s.len, pair, 2);

	return at == NULL ? s.len : (size_t)(at - s.at);
}

static struct str
trim(struct str s)
{
	while (str_starts(s, " ") || str_starts(s, "\t"))
		s = str_from(s, 1);
	while (str_ends(s, " ") || str_ends(s, "\t"))
		s.len--;
	return s;
}

/* Neither nothing nor anything that means more than itself in a pattern. */
static bool
is_plain(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (strchr("/+*,", value.at[i]) != NULL)
			return false;
	return value.len > 0;
}

/*
 * Append pattern with its templates resolved.  Returns NULL, or why the rule must be dropped.
 * Braces balance: policy_parse saw to it.
 */
static const char *
resolve(const struct acl_template *names, struct str pattern, struct buf *out)
{
	for (size_t at; (at = find_pair(pattern, "{{")) < pattern.len;) {
		struct str expression = str_from(pattern, at + 2), value = {NULL, 0};

		buf_put(out, pattern.at, at);
		expression.len = find_pair(expression, "}}");
		pattern = str_from(pattern, at + 2 + expression.len + 2);
		if (names != NULL)
			value = names->resolve(names->arg, trim(expression));
		if (value.at == NULL)
			return no_value;
		if (!is_plain(value))
			return bad_value;
		buf_put_str(out, value);
	}
	buf_put_str(out, pattern);
	return NULL;
}

/* Find the head and count the '+' segments. */
static void
measure(struct grant *g)
{
	struct str rest = g->rule.pattern, segment;
	bool more = true;

	g->head = g->rule.pattern;
	while (more) {
		more = str_cut(rest, '/', &segment, &rest);
		if (str_is(segment, "+") && g->wildcards++ == 0)
			g->head.len = (size_t)(segment.at - g->head.at);
	}
}

/* Make a grant of one rule; its parameters stay borrowed.  False when the rule is dropped. */
static bool
take_rule(struct acl *a, const struct acl_template *names, const struct policy *policy,
    const struct rule *rule, struct grant *g)
{
	struct buf pattern = BUF_INIT;
	const char *why = resolve(names, rule->pattern, &pattern);

	if (why == bad_value) {
		log_warn("policy \"%.*s\": path \"%.*s\" is left out: %s", STR(policy->name),
		    STR(rule->pattern), why);
	} else if (why == no_value) {
		log_debug("policy \"%.*s\": path \"%.*s\" is left out: %s", STR(policy->name),
		    STR(rule->pattern), why);
	} else {
		g->rule = *rule;
		if (rule->prefix)
			buf_put_u8(&pattern, '*');
		g->text = pool_copy(a->pool, buf_str(&pattern));
		g->rule.pattern = (struct str){g->text.at, g->text.len - rule->prefix};
		g->policy = policy->name;
		measure(g);
	}
	buf_free(&pattern);
	return why == NULL;
}

static bool
is_exact(const struct grant *g)
{
	return !g->rule.prefix && g->wildcards == 0;
}

/* The order of the tables: exact before wild, by head, then best first.  0: one pattern. */
static int
compare(const struct grant *a, const struct grant *b)
{
	struct str p = a->rule.pattern, q = b->rule.pattern;

	if (is_exact(a) != is_exact(b))
		return is_exact(a) ? -1 : 1;
	if (!str_equal(a->head, b->head))
		return str_compare(a->head, b->head);
	if (a->rule.prefix != b->rule.prefix)
		return a->rule.prefix ? 1 : -1;
	if (a->wildcards != b->wildcards)
		return a->wildcards > b->wildcards ? 1 : -1;
	if (p.len != q.len)
		return p.len < q.len ? 1 : -1;
	return str_compare(q, p);
}

static int
compare_in_order(const void *a, const void *b)
{
	const struct grant *g = a, *h = b;
	int order = compare(g, h);

	return order != 0 ? order : (g->order > h->order) - (g->order < h->order);
}

/* Sorted grants of the wild table share heads; link each to the longest it begins with. */
static void
link_heads(struct acl *a)
{
	a->heads = pool_take(a->pool, a->wild_count * sizeof *a->heads);
	for (unsigned i = 0; i < a->wild_count; i++) {
		struct head *h = &a->heads[a->head_count];
		struct str text = a->wild[i].head;

		if (a->head_count > 0 && str_equal(text, h[-1].text)) {
			h[-1].count++;
			continue;
		}
		*h = (struct head){text, i, 1, a->head_count++ - 1};
		while (h->parent != NO_HEAD && !begins_with(text, a->heads[h->parent].text))
			h->parent = a->heads[h->parent].parent;
	}
}

/* A grant for each rule of each policy, sorted.  How many. */
static unsigned
gather(struct acl *a, const struct policy *const *policies, unsigned count,
    const struct acl_template *names)
{
	unsigned room = 0, taken = 0;

	for (unsigned i = 0; i < count; i++)
		room += policies[i]->count;
	a->exact = pool_take(a->pool, room * sizeof *a->exact);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < policies[i]->count; j++)
			if (take_rule(a, names, policies[i], &policies[i]->rules[j],
				&a->exact[taken])) {
				a->exact[taken].order = taken;
				taken++;
			}
	qsort(a->exact, taken, sizeof *a->exact, compare_in_order);
	return taken;
}

/* Two grants of one pattern become one, named after a policy that has a say in it. */
static void
unite(struct pool *pool, struct grant *into, const struct grant *from)
{
	unsigned held = into->rule.capabilities;

	rule_unite(pool, &into->rule, &from->rule);
	if (held == 0 || (held != CAP_DENY && into->rule.capabilities == CAP_DENY))
		into->policy = from->policy;
}

struct acl *
acl_new(const struct policy *const *policies, unsigned count, const struct acl_template *names)
{
	struct pool *pool = pool_new();
	struct acl *a = pool_take(pool, sizeof *a);
	unsigned taken, kept = 0;

	a->pool = pool;
	taken = gather(a, policies, count, names);
	for (unsigned i = 0; i < taken; i++)
		if (kept > 0 && compare(&a->exact[kept - 1], &a->exact[i]) == 0)
			unite(pool, &a->exact[kept - 1], &a->exact[i]);
		else
			a->exact[kept++] = a->exact[i];
	for (unsigned i = 0; i < kept; i++) {
		rule_own(pool, &a->exact[i].rule);
		a->exact[i].policy = pool_copy(pool, a->exact[i].policy);
		a->exact_count += is_exact(&a->exact[i]);
	}
	a->wild = a->exact + a->exact_count;
	a->wild_count = kept - a->exact_count;
	link_heads(a);
	return a;
}

void
acl_free(struct acl **a)
{
	struct pool *pool = *a == NULL ? NULL : (*a)->pool;

	pool_free(&pool);
	*a = NULL;
}
