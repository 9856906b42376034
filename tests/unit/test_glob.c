/*
 * Globs, and the certificates that a role's constraints admit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/glob.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void
test_match(void **unused)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"a", "", false},
	    {"*", "", true},
	    {"*", "anything/at all", true},
	    {"**", "", true},
	    {"a", "a", true},
	    {"a", "A", false},
	    {"a", "aa", false},
	    {"a*", "a", true},
	    {"a*", "ba", false},
	    {"*a", "ba", true},
	    {"*a", "ab", false},
	    {"a*c", "abbc", true},
	    {"a*c", "abbcd", false},
	    {"*ab*ab*", "xabab", true},
	    {"*ab*ab*", "xab", false},
	    {"a*b*c", "abbbbbbcbc", true},
	    {"a*b*c", "acb", false},
	    {"a?c", "abc", false},
	    {"[a]", "a", false},
	    {"spiffe://na1.example/svc/*", "spiffe://na1.example/svc/billing", true},
	    {"spiffe://na1.example/svc/*", "spiffe://na1.example.evil/svc/billing", false},
	    {"spiffe://na1.example/*/billing", "spiffe://na1.example/svc/billing", true},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (glob_match(str_of(cases[i].pattern), str_of(cases[i].text)) !=
		    cases[i].matches)
			fail_msg("\"%s\" \"%s\"", cases[i].pattern, cases[i].text);
}

/* A pattern that made a naive matcher try 2^n ways answers at once. */
static void
test_stars_are_cheap(void **unused)
{
	char pattern[2001], text[4001];

	(void)unused;
	for (size_t i = 0; i < 2000; i++)
		pattern[i] = i % 2 == 0 ? 'a' : '*';
	memset(text, 'a', 4000);
	pattern[2000] = text[4000] = '\0';
	assert_true(glob_match(str_of(pattern), str_of(text)));
	pattern[1998] = 'b';
	assert_false(glob_match(str_of(pattern), str_of(text)));
}

static struct str one[2];

/* The constraints of one kind: "a" or, with two, "a" or "b". */
static struct constraints
only(const char *kind, const char *glob, const char *other)
{
	struct constraints c = {.names = NULL};
	unsigned count = other == NULL ? 1 : 2;

	one[0] = str_of(glob);
	one[1] = str_of(other == NULL ? "" : other);
	c.names = c.common_names = c.dns = c.email = c.uri = c.units = c.extensions = one;
	c.name_count = strcmp(kind, "names") == 0 ? count : 0;
	c.common_name_count = strcmp(kind, "cn") == 0 ? count : 0;
	c.dns_count = strcmp(kind, "dns") == 0 ? count : 0;
	c.email_count = strcmp(kind, "email") == 0 ? count : 0;
	c.uri_count = strcmp(kind, "uri") == 0 ? count : 0;
	c.unit_count = strcmp(kind, "units") == 0 ? count : 0;
	c.extension_count = strcmp(kind, "extensions") == 0 ? count : 0;
	return c;
}

static void
test_constraints(void **unused)
{
	static const struct {
		const char *kind, *glob, *other;
		bool admitted;
	} cases[] = {
	    {"none", "", NULL, true},
	    {"names", "bill*", NULL, true},
	    {"names", "*.example", NULL, true},
	    {"names", "*@example", NULL, true},
	    {"names", "spiffe*", NULL, false},
	    {"cn", "billing", NULL, true},
	    {"cn", "db.example", NULL, false},
	    {"dns", "nothing", "db.*", true},
	    {"dns", "nothing", "billing", false},
	    {"email", "*@example", NULL, true},
	    {"email", "*@else", NULL, false},
	    {"uri", "spiffe://x/svc/*", NULL, true},
	    {"uri", "spiffe://y/svc/*", NULL, false},
	    {"units", "ops", NULL, true},
	    {"units", "*", NULL, true},
	    {"units", "dev", NULL, false},
	    {"extensions", "1.2.3:val*", NULL, true},
	    {"extensions", "1.2.3:val*", "1.2.3:*ue", true},
	    {"extensions", "1.2.3:val*", "1.2.4:*", false},
	    {"extensions", "1.2.3", NULL, false},
	};
	static struct identity id;

	(void)unused;
	id.common_name = str_of("billing");
	id.dns = (struct name_list){2, {str_of("a.example"), str_of("db.example")}};
	id.email = (struct name_list){1, {str_of("team@example")}};
	id.uri = (struct name_list){1, {str_of("spiffe://x/svc/billing")}};
	id.units = (struct name_list){1, {str_of("ops")}};
	id.extension_count = 1;
	id.extensions[0] = (struct extension){str_of("1.2.3"), str_of("value")};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct constraints c = only(cases[i].kind, cases[i].glob, cases[i].other);

		if (constraints_admit(&c, &id) != cases[i].admitted)
			fail_msg("%s %s", cases[i].kind, cases[i].glob);
	}
}

/* What a certificate does not have matches nothing, not even "*"; and all lists must pass. */
static void
test_absent(void **unused)
{
	static const char *const kinds[] = {"names", "cn", "dns", "email", "uri", "units"};
	static struct identity id;
	struct constraints c;

	(void)unused;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		c = only(kinds[i], "*", NULL);
		assert_false(constraints_admit(&c, &id));
	}
	c = only("extensions", "1.2.3:*", NULL);
	assert_false(constraints_admit(&c, &id));
	id.common_name = str_of("x");
	c = only("cn", "*", NULL);
	assert_true(constraints_admit(&c, &id));
	c.dns_count = 1;
	assert_false(constraints_admit(&c, &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_stars_are_cheap),
	    cmocka_unit_test(test_constraints),
	    cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
