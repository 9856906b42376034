/*
 * The acl agrees with a naive telling of its rules: every pattern held against the path, every
 * pair of matching patterns compared, over random policies from so small an alphabet that
 * patterns collide.  A failure prints the seed; ACL_SEED=n tells that one case again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/acl.h"

#define ACLS 50000
#define REQUESTS 24 /* of each acl */
#define POLICIES 3
#define RULES 5 /* of each policy, at most */
#define PARAMETERS 3
#define VALUES 2
#define TEXT 40

/* Cut text into segments; how many. */
static unsigned
split(const char *text, char segments[8][TEXT])
{
	unsigned n = 0, at = 0;

	for (; *text != '\0'; text++)
		if (*text == '/') {
			segments[n++][at] = '\0';
			at = 0;
		} else {
			segments[n][at++] = *text;
		}
	segments[n++][at] = '\0';
	return n;
}

/* A pattern, looked at once. */
struct shape {
	bool star;
	unsigned pluses, first, length;
	char segments[8][TEXT];
	unsigned count;
};

static struct shape
shape_of(const char *pattern)
{
	struct shape s = {.star = false};
	char bare[TEXT];
	unsigned at = 0;
	bool found = false;

	strcpy(bare, pattern);
	s.length = (unsigned)strlen(bare);
	if (s.length > 0 && bare[s.length - 1] == '*') {
		s.star = true;
		bare[--s.length] = '\0';
	}
	s.count = split(bare, s.segments);
	s.first = s.length;
	for (unsigned i = 0; i < s.count; i++) {
		if (strcmp(s.segments[i], "+") == 0) {
			s.pluses++;
			if (!found)
				s.first = at;
			found = true;
		}
		at += (unsigned)strlen(s.segments[i]) + 1;
	}
	return s;
}

/* A rule as the oracle keeps it, beside the same as the acl takes it. */
struct told {
	char pattern[TEXT];
	struct shape shape;
	unsigned capabilities;
	int64_t min, max;
};

struct world {
	struct told told[POLICIES * RULES];
	struct rule rules[POLICIES * RULES];
	struct rule_parameter parameters[POLICIES * RULES][2][PARAMETERS];
	struct rule_value values[POLICIES * RULES][2][PARAMETERS][VALUES];
	struct str required[POLICIES * RULES][1];
	struct policy policies[POLICIES];
	unsigned count; /* of rules */
};

static uint64_t state;

static unsigned
pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

/* One to four segments of these. */
static void
make_path(char *text, const char *const *segments, unsigned count)
{
	unsigned n = 1 + pick(4);

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strcat(text, "/");
		strcat(text, segments[pick(count)]);
	}
}

static const char *const pattern_segments[] = {"a", "b", "ab", "+", "+", "+a", ""};
static const char *const path_segments[] = {"a", "b", "ab", "abc", ""};
static const char *const names[] = {"p", "q", "*"};
static const char *const strings[] = {"x*", "*y", "x", "*", "*x*"};
static const char *const numbers[] = {"1", "2.50", "0", "0.01", "-1"};

static void
make_parameters(struct world *w, unsigned i, int which, struct rule_parameters *map)
{
	unsigned count = pick(8) < 5 ? 0 : 1 + pick(PARAMETERS);

	map->list = w->parameters[i][which];
	map->count = count;
	for (unsigned j = 0; j < count; j++) {
		struct rule_parameter *p = &map->list[j];

		p->name = str_of(names[j]);
		p->count = pick(VALUES + 1);
		p->values = w->values[i][which][j];
		for (unsigned k = 0; k < p->count; k++) {
			unsigned type = pick(4);

			p->values[k].type = type == 0   ? RULE_NUMBER
					    : type == 1 ? RULE_BOOL
							: RULE_STRING;
			p->values[k].text = str_of(type == 0   ? numbers[pick(5)]
						   : type == 1 ? "true"
							       : strings[pick(5)]);
		}
	}
}

static void
make_rule(struct world *w, unsigned i)
{
	struct told *t = &w->told[i];
	struct rule *r = &w->rules[i];

	make_path(t->pattern, pattern_segments, 7);
	if (pick(2) == 0 &&
	    (t->pattern[0] == '\0' || t->pattern[strlen(t->pattern) - 1] != '+'))
		strcat(t->pattern, "*");
	t->shape = shape_of(t->pattern);
	t->capabilities = pick(8) == 0 ? CAP_DENY : pick(256);
	t->min = pick(6) == 0 ? 1 + pick(3) : 0;
	t->max = pick(6) == 0 ? 1 + pick(3) : 0;
	*r = (struct rule){.pattern = str_of(t->pattern),
	    .capabilities = t->capabilities,
	    .min_wrapping_ttl = t->min,
	    .max_wrapping_ttl = t->max};
	r->prefix = str_ends(r->pattern, "*");
	r->pattern.len -= r->prefix;
	make_parameters(w, i, 0, &r->allowed);
	make_parameters(w, i, 1, &r->denied);
	r->required = w->required[i];
	r->required[0] = str_of(names[pick(2)]);
	r->required_count = pick(8) == 0;
}

static struct acl *
make_world(struct world *w)
{
	const struct policy *list[POLICIES];

	w->count = 0;
	for (unsigned i = 0; i < POLICIES; i++) {
		unsigned n = pick(RULES + 1);

		w->policies[i] = (struct policy){
		    .name = str_of("p"), .count = n, .rules = &w->rules[w->count]};
		list[i] = &w->policies[i];
		for (unsigned j = 0; j < n; j++)
			make_rule(w, w->count++);
	}
	return acl_new(list, POLICIES, NULL);
}

/* The oracle. */

static bool
is_exact(const struct told *t)
{
	return !t->shape.star && t->shape.pluses == 0;
}

static bool
matches(const struct told *t, const char *path)
{
	const struct shape *s = &t->shape;
	char have[8][TEXT];
	unsigned n = split(path, have);

	if (s->pluses == 0)
		return s->star ? strncmp(t->pattern, path, s->length) == 0
			       : strcmp(t->pattern, path) == 0;
	if (s->star ? n < s->count : n != s->count)
		return false;
	for (unsigned i = 0; i < s->count; i++) {
		const char *want = s->segments[i];

		if (strcmp(want, "+") == 0 || strcmp(want, have[i]) == 0)
			continue;
		if (s->star && i == s->count - 1 && strncmp(want, have[i], strlen(want)) == 0)
			continue;
		return false;
	}
	return true;
}

/* Step 3: (i) to (v), in words of the reference's documentation. */
static bool
beats(const struct told *p, const struct told *q)
{
	const struct shape *a = &p->shape, *b = &q->shape;

	if (a->first != b->first)
		return a->first > b->first;
	if (a->star != b->star)
		return !a->star;
	if (a->pluses != b->pluses)
		return a->pluses < b->pluses;
	if (a->length != b->length)
		return a->length > b->length;
	return strcmp(p->pattern, q->pattern) > 0;
}

static const char *
best_wild(const struct world *w, const char *path)
{
	const struct told *best = NULL;

	for (const struct told *t = w->told; t < w->told + w->count; t++)
		if (!is_exact(t) && matches(t, path) && (best == NULL || beats(t, best)))
			best = t;
	return best == NULL ? NULL : best->pattern;
}

static const char *
exact(const struct world *w, const char *path)
{
	for (const struct told *t = w->told; t < w->told + w->count; t++)
		if (is_exact(t) && strcmp(t->pattern, path) == 0)
			return t->pattern;
	return NULL;
}

static const char *
applies(const struct world *w, const char *path, bool listing)
{
	char bare[TEXT];
	const char *found = exact(w, path);
	size_t length = strlen(path);

	strcpy(bare, path);
	if (length > 0 && bare[length - 1] == '/')
		bare[length - 1] = '\0';
	if (found == NULL && listing)
		found = exact(w, bare);
	if (found == NULL)
		found = best_wild(w, path);
	if (found == NULL && listing)
		found = best_wild(w, bare);
	return found;
}

/* The rules of one pattern: what they come to together. */
static unsigned
capabilities_of(const struct world *w, const char *pattern)
{
	unsigned all = 0;

	for (unsigned i = 0; i < w->count; i++)
		if (strcmp(w->told[i].pattern, pattern) == 0)
			all |= w->told[i].capabilities;
	return (all & CAP_DENY) != 0 ? CAP_DENY : all;
}

static bool
wrap_passes(const struct world *w, const char *pattern, int64_t ttl)
{
	int64_t min = INT64_MAX, max = INT64_MAX;

	for (unsigned i = 0; i < w->count; i++) {
		const struct told *t = &w->told[i];

		if (strcmp(t->pattern, pattern) != 0)
			continue;
		if (t->min != 0 && t->min < min)
			min = t->min;
		if (t->max != 0 && t->max < max)
			max = t->max;
	}
	if (max != INT64_MAX && (ttl == 0 || ttl > max))
		return false;
	return min == INT64_MAX || (ttl != 0 && ttl >= min);
}

static bool
text_fits(const char *pattern, const char *text)
{
	char core[TEXT];
	size_t n = strlen(pattern), m = strlen(text);

	strcpy(core, pattern);
	if (n < 2 || (pattern[0] != '*' && pattern[n - 1] != '*'))
		return strcmp(pattern, text) == 0;
	if (pattern[n - 1] != '*')
		return m >= n - 1 && strcmp(text + m - (n - 1), pattern + 1) == 0;
	core[n - 1] = '\0';
	if (pattern[0] == '*')
		return strstr(text, core + 1) != NULL;
	return strncmp(text, core, n - 1) == 0;
}

static bool
value_fits(const struct rule_value *v, const struct json *given)
{
	char want[TEXT], have[TEXT];

	snprintf(want, sizeof want, "%.*s", STR(v->text));
	snprintf(have, sizeof have, "%.*s", STR(given->text));
	if (given->type == JSON_STRING && v->type == RULE_STRING)
		return text_fits(want, have);
	if (given->type == JSON_NUMBER && v->type == RULE_NUMBER)
		return strtod(want, NULL) == strtod(have, NULL);
	return given->type == JSON_TRUE && v->type == RULE_BOOL;
}

/*
 * What the maps of a pattern say of one name: 0 nothing, 1 that it is there and its values (or
 * any) fit, -1 that it is there and none fits.  For given NULL any value will do.
 */
static int
map_says(const struct world *w, const char *pattern, int which, const char *name,
    const struct json *given)
{
	bool named = false, any = false, fits = given == NULL;

	for (unsigned i = 0; i < w->count; i++) {
		const struct rule_parameters *map =
		    which == 0 ? &w->rules[i].allowed : &w->rules[i].denied;

		if (strcmp(w->told[i].pattern, pattern) != 0)
			continue;
		for (unsigned j = 0; j < map->count; j++) {
			const struct rule_parameter *p = &map->list[j];

			if (!str_is(p->name, name))
				continue;
			named = true;
			any = any || p->count == 0;
			for (unsigned k = 0; given != NULL && k < p->count; k++)
				fits = fits || value_fits(&p->values[k], given);
		}
	}
	return !named ? 0 : any || fits ? 1 : -1;
}

static bool
has_map(const struct world *w, const char *pattern, int which)
{
	return map_says(w, pattern, which, "p", NULL) != 0 ||
	       map_says(w, pattern, which, "q", NULL) != 0 ||
	       map_says(w, pattern, which, "*", NULL) != 0;
}

static bool
parameters_pass(const struct world *w, const char *pattern, const struct json *body)
{
	for (unsigned i = 0; i < w->count; i++)
		if (strcmp(w->told[i].pattern, pattern) == 0 &&
		    w->rules[i].required_count > 0) {
			bool there = false;

			for (const struct json *m = body->first; m != NULL; m = m->next)
				there = there || str_equal(m->name, w->required[i][0]);
			if (!there)
				return false;
		}
	for (const struct json *m = body->first; m != NULL; m = m->next) {
		const char *name = m->name.at[0] == 'p' || m->name.at[0] == 'P' ? "p"
				   : m->name.at[0] == 'q'                       ? "q"
										: "other";
		const struct json *given = m->type == JSON_ARRAY ? m->first : m;
		int says = map_says(w, pattern, 0, name, m);

		if (map_says(w, pattern, 1, "*", NULL) != 0 ||
		    map_says(w, pattern, 1, name, given) == 1)
			return false;
		if (says == -1)
			return false;
		if (says == 0 && has_map(w, pattern, 0) &&
		    map_says(w, pattern, 0, "*", NULL) == 0)
			return false;
	}
	return true;
}

static const unsigned needs[] = {[ACL_CREATE] = CAP_CREATE,
    [ACL_READ] = CAP_READ,
    [ACL_UPDATE] = CAP_UPDATE,
    [ACL_PATCH] = CAP_PATCH,
    [ACL_DELETE] = CAP_DELETE,
    [ACL_LIST] = CAP_LIST,
    [ACL_SCAN] = CAP_SCAN};

static bool
oracle(const struct world *w, const struct acl_request *r, const char *path)
{
	bool listing = r->operation == ACL_LIST || r->operation == ACL_SCAN;
	const char *pattern = applies(w, path, listing);
	unsigned held;

	if (pattern == NULL)
		return false;
	held = capabilities_of(w, pattern);
	if ((held & needs[r->operation]) == 0 || (r->sudo && (held & CAP_SUDO) == 0))
		return false;
	if (!wrap_passes(w, pattern, r->wrap_ttl))
		return false;
	return listing || r->operation == ACL_DELETE || parameters_pass(w, pattern, r->body);
}

/* Requests. */

static struct json body, members[3], element;

static void
make_value(struct json *v)
{
	static const char *const texts[] = {"x", "xy", "zy", "*", ""};
	static const char *const digits[] = {
	    "1", "1.0", "10e-1", "25E-1", "0e5", "-0", "0.010", "1e-2", "-1.0e0"};
	unsigned type = pick(3);

	v->type = type == 0 ? JSON_STRING : type == 1 ? JSON_NUMBER : JSON_TRUE;
	v->text = type == 0   ? str_of(texts[pick(5)])
		  : type == 1 ? str_of(digits[pick(9)])
			      : (struct str){NULL, 0};
}

static void
make_body(void)
{
	static const char *const keys[] = {"p", "P", "q", "r"};
	unsigned count = pick(4);

	body = (struct json){.type = JSON_OBJECT};
	for (unsigned i = 0; i < count && i < 3; i++) {
		struct json *m = &members[i];

		*m = (struct json){.type = JSON_NULL};
		if (pick(5) == 0 && i == 0) {
			element = *m;
			make_value(&element);
			m->type = JSON_ARRAY;
			m->first = &element;
			m->count = 1;
		} else {
			make_value(m);
		}
		m->name = str_of(keys[(i + pick(2)) % 4]);
		m->next = body.first;
		body.first = m;
		body.count++;
	}
}

static bool
agrees(const struct world *w, const struct acl *a)
{
	char path[TEXT];
	struct acl_request r = {.operation = (enum acl_operation)pick(7),
	    .sudo = pick(8) == 0,
	    .body = &body,
	    .wrap_ttl = pick(3) == 0 ? 1 + pick(3) : 0};
	struct acl_verdict v;
	const char *pattern;
	unsigned held;

	make_path(path, path_segments, 5);
	while (path[0] == '/')
		memmove(path, path + 1, strlen(path));
	make_body();
	r.path = str_of(path);
	pattern = applies(w, path, true);
	held = pattern == NULL ? 0 : capabilities_of(w, pattern);
	if (acl_decide(a, &r, &v) == oracle(w, &r, path) &&
	    acl_capabilities(a, r.path) == (held == 0 ? (unsigned)CAP_DENY : held))
		return true;
	print_error("path \"%s\" operation %u: the acl says %d (rule \"%.*s\": %s)\n", path,
	    r.operation, v.allowed, STR(v.rule), v.reason);
	return false;
}

static void
test_oracle(void **unused)
{
	static struct world w;
	const char *only = getenv("ACL_SEED");
	uint64_t first = only == NULL ? 1 : strtoull(only, NULL, 10);

	(void)unused;
	for (uint64_t seed = first; seed < first + (only == NULL ? ACLS : 1); seed++) {
		struct acl *a;

		state = seed * UINT64_C(0x9e3779b97f4a7c15);
		a = make_world(&w);
		for (unsigned i = 0; i < REQUESTS; i++)
			if (!agrees(&w, a)) {
				for (unsigned j = 0; j < w.count; j++)
					print_error("rule \"%s\" %x\n", w.told[j].pattern,
					    w.told[j].capabilities);
				fail_msg("ACL_SEED=%llu", (unsigned long long)seed);
			}
		acl_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_oracle)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
