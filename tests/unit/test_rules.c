/*
 * A policy's text becomes rules, or a sentence that says what is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/builtin.h"
#include "policy/rules.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static struct policy *
parse(const char *text, struct error *err)
{
	return policy_parse(str_of("P"), str_of(text), err);
}

static void
test_patterns(void **unused)
{
	static const struct {
		const char *text, *pattern;
		bool prefix;
		unsigned capabilities;
	} cases[] = {
	    {"path \"a\" {}", "a", false, 0},
	    {"path \"/a/\" { capabilities = [\"read\"] }", "a/", false, CAP_READ},
	    {"path \"//a\" { capabilities = [\"scan\"] }", "/a", false, CAP_SCAN},
	    {"path \"*\" { capabilities = [\"list\", \"sudo\",] }", "", true,
		CAP_LIST | CAP_SUDO},
	    {"path \"a*b\" { capabilities = [\"patch\"] }", "a*b", false, CAP_PATCH},
	    {"path \"a/+/b*\" { capabilities = [\"read\"] }", "a/+/b", true, CAP_READ},
	    {"path \"a\" { capabilities = [\"read\", \"deny\", \"sudo\"] }", "a", false,
		CAP_DENY},
	    {"path \"a\" { policy = \"deny\" }", "a", false, CAP_DENY},
	    {"path \"a\" { policy = \"read\" }", "a", false, CAP_READ | CAP_LIST},
	    {"path \"a\" { policy = \"write\" }", "a", false,
		CAP_CREATE | CAP_READ | CAP_UPDATE | CAP_DELETE | CAP_LIST},
	    {"path \"a\" { policy = \"sudo\" }", "a", false,
		CAP_CREATE | CAP_READ | CAP_UPDATE | CAP_DELETE | CAP_LIST | CAP_SUDO},
	    {"path \"a\" { policy = \"read\" capabilities = [\"sudo\"] }", "a", false,
		CAP_READ | CAP_LIST | CAP_SUDO},
	    {"name = \"x\"\n# why\npath \"a\" { comment = \"c\" }", "a", false, 0},
	    {"path \"x/{{ identity.entity.id }}/*\" {}", "x/{{ identity.entity.id }}/", true,
		0},
	    {"{\"path\":{\"a\":{\"capabilities\":[\"read\",\"list\"]}}}", "a", false,
		CAP_READ | CAP_LIST},
	    {" {\"path\":[{\"a*\":{\"policy\":\"read\"}}],\"name\":\"n\"}", "a", true,
		CAP_READ | CAP_LIST},
	    {"cGF0aCAiYyIgeyBjYXBhYmlsaXRpZXMgPSBbInJlYWQiXSB9", "c", false, CAP_READ},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = ERROR_INIT;
		struct policy *p = parse(cases[i].text, &err);

		if (p == NULL || p->count != 1 ||
		    !str_is(p->rules[0].pattern, cases[i].pattern))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_true(str_is(p->name, "p"));
		assert_int_equal(p->rules[0].prefix, cases[i].prefix);
		assert_int_equal(p->rules[0].capabilities, cases[i].capabilities);
		policy_free(&p);
		assert_null(p);
	}
}

#define W(text) "1 error occurred:\n\t* " text "\n\n"

static const struct {
	const char *text, *said; /* how the sentence begins */
} refused[] = {
    {"path \"a\" { capabilities = [\"reed\"] }",
	"path \"a\": invalid capability \"reed\""},
    {"path \"a\" { capabilities = [\"root\"] }",
	"path \"a\": invalid capability \"root\""},
    {"path \"a\" { capabilities = [\"Read\"] }",
	"path \"a\": invalid capability \"Read\""},
    {"path \"a\" {\n capabilites = [\"read\"] }",
	W("path \"a\": invalid key \"capabilites\" on line 2")},
    {"\n\npth \"a\" { capabilities = [\"read\"] }", W("invalid key \"pth\" on line 3")},
    {"path \"a\" \"b\" { capabilities = [\"read\"] }",
	W("path \"a\": invalid key \"b\" on line 1")},
    {"path \"a/+*\" { capabilities = [\"read\"] }",
	"path \"a/+*\": invalid use of wildcards ('+*' is forbidden)"},
    {"path \"a\" { min_wrapping_ttl = \"10s\" max_wrapping_ttl = \"5s\" }",
	"max_wrapping_ttl cannot be less than min_wrapping_ttl"},
    {"path \"a\" { policy = \"admin\" }", "path \"a\": invalid policy \"admin\""},
    {"path \"a\" { max_wrapping_ttl = \"soon\" }",
	"error parsing max_wrapping_ttl: time: invalid duration \"soon\""},
    {"path \"a\" { min_wrapping_ttl = \"-1s\" }",
	"error parsing min_wrapping_ttl: time: invalid duration \"-1s\""},
    {"{\"path\":{\"a\":{\"capabilities\":[\"reed\"]}}}",
	"path \"a\": invalid capability \"reed\""},
    {"path \"a\" { capabilities = \"read\" }",
	"path \"a\": \"capabilities\" must be a list of strings, on line 1"},
    {"path \"a\" { capabilities = [1] }",
	"path \"a\": \"capabilities\" must be a list of strings, on line 1"},
    {"path \"a\" { allowed_parameters = [\"x\"] }",
	"path \"a\": \"allowed_parameters\" must be a map of lists, on line 1"},
    {"path \"a\" { denied_parameters = { \"x\" = \"y\" } }",
	"path \"a\": \"x\" must be a list, on line 1"},
    {"path \"a\" { denied_parameters = { \"x\" = [[]] } }",
	"path \"a\": \"x\" must be a list of strings, numbers or booleans, on"},
    {"path \"a\" { denied_parameters = { \"x\" = [] \"X\" = [] } }",
	"path \"a\": \"X\" must be given once, on line 1"},
    {"path \"a\" { required_parameters = [true] }",
	"path \"a\": \"required_parameters\" must be a list of strings, on line 1"},
    {"path \"a\" { policy = \"read\"\n policy = \"deny\" }",
	"path \"a\": \"policy\" must be given once, on line 2"},
    {"path \"a/{{b\" {}",
	"failed to validate policy templating: unbalanced templating characters"},
    {"path \"a}}{{b\" {}", "failed to validate policy templating: unbalanced"},
    {"path \"a/{{b{{c}}}}\" {}", "failed to validate policy templating: unbal"},
    {"path \"a\" { pagination_limit = 5 }",
	"path \"a\": \"pagination_limit\" is not supported, on line 1"},
    {"path \"a\" { list_scan_response_keys_filter_path = \"x\" }",
	"path \"a\": \"list_scan_response_keys_filter_path\" is not supported"},
    {"path \"a\" { expiration = \"2030-01-01T00:00:00Z\" }",
	"path \"a\": \"expiration\" is not supported, on line 1"},
    {"path \"a\" { mfa_methods = [] }",
	"path \"a\": \"mfa_methods\" is not supported, on line 1"},
    {"path \"a\" { control_group = {} }",
	"path \"a\": \"control_group\" is not supported, on line 1"},
    {"path = \"a\"", "\"path\" must be a block, on line 1"},
    {"path { capabilities = [\"read\"] }", "path \"capabilities\": "},
    {"name = 5", "\"name\" must be a string, on line 1"},
    {"path \"a\" {", ""},
    {"{\"path\":{\"a\":{}}", ""},
    {"hello", ""},
    {"5", ""},
};

static void
test_refusals(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct error err = ERROR_INIT;
		struct policy *p = parse(refused[i].text, &err);

		if (p != NULL || strncmp(err.text, refused[i].said, strlen(refused[i].said)) != 0)
			fail_msg("%s: \"%s\"", refused[i].text, err.text);
		assert_true(err.text[0] != '\0');
	}
}

static void
test_parameters(void **unused)
{
	static const char text[] =
	    "path \"a\" { capabilities = [\"update\"]\n"
	    "  allowed_parameters = { \"TTL\" = [\"1h*\", 5, true] \"*\" = [] }\n"
	    "  denied_parameters { \"policies\" = [] }\n"
	    "  required_parameters = [\"Cas\", \"x\"]\n"
	    "  min_wrapping_ttl = 1\n  max_wrapping_ttl = \"1m30s\" }\n"
	    "path \"b\" {}\n";
	struct error err = ERROR_INIT;
	struct policy *p = parse(text, &err);
	const struct rule *r;

	(void)unused;
	if (p == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(p->count, 2);
	r = &p->rules[0];
	assert_int_equal(r->allowed.count, 2);
	assert_true(str_is(r->allowed.list[0].name, "ttl"));
	assert_int_equal(r->allowed.list[0].count, 3);
	assert_int_equal(r->allowed.list[0].values[0].type, RULE_STRING);
	assert_true(str_is(r->allowed.list[0].values[0].text, "1h*"));
	assert_int_equal(r->allowed.list[0].values[1].type, RULE_NUMBER);
	assert_int_equal(r->allowed.list[0].values[2].type, RULE_BOOL);
	assert_true(str_is(r->allowed.list[1].name, "*"));
	assert_int_equal(r->allowed.list[1].count, 0);
	assert_int_equal(r->denied.count, 1);
	assert_int_equal(r->required_count, 2);
	assert_true(str_is(r->required[0], "cas"));
	assert_int_equal(r->min_wrapping_ttl, INT64_C(1000000000));
	assert_int_equal(r->max_wrapping_ttl, INT64_C(90000000000));
	policy_free(&p);
}

/* 256 values pass, one more does not; nor as parameters, nor as required ones. */
static void
test_bounds(void **unused)
{
	static const char *const forms[][2] = {
	    {"path \"a\" { denied_parameters = { \"x\" = [", "1,"},
	    {"path \"a\" { required_parameters = [", "\"x\","},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (unsigned n = 256; n <= 257; n++) {
			struct error err = ERROR_INIT;
			struct buf text = BUF_INIT;
			struct policy *p;

			buf_put_text(&text, forms[i][0]);
			for (unsigned j = 0; j < n; j++)
				buf_put_text(&text, forms[i][1]);
			buf_put_text(&text, i == 0 ? "] } }" : "] }");
			p = policy_parse(str_of("p"), buf_str(&text), &err);
			assert_int_equal(p != NULL, n == 256);
			assert_int_equal(strstr(err.text, "at most 256") != NULL, n == 257);
			policy_free(&p);
			buf_free(&text);
		}
}

static void
test_names(void **unused)
{
	const char *names[10];

	(void)unused;
	assert_int_equal(capability_parse(str_of("deny")), CAP_DENY);
	assert_int_equal(capability_parse(str_of("root")), 0);
	assert_int_equal(capability_parse(str_of("")), 0);
	assert_int_equal(capability_names(0, names), 0);
	assert_int_equal(capability_names(CAP_UPDATE | CAP_CREATE | CAP_SUDO, names), 3);
	assert_string_equal(names[0], "create");
	assert_string_equal(names[1], "sudo");
	assert_string_equal(names[2], "update");
	assert_int_equal(capability_names(~0u, names), 10);
}

static void
test_decode(void **unused)
{
	static const char *const cases[][2] = {{"aGVsbG8=", "hello"}, {"aGVsbG8", "aGVsbG8"},
	    {"", ""}, {"path \"a\" {}", "path \"a\" {}"}};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		policy_decode(&out, str_of(cases[i][0]));
		assert_true(str_is(buf_str(&out), cases[i][1]));
		buf_free(&out);
	}
}

static void
test_builtin(void **unused)
{
	static const char *const names[] = {"default", "operator"};

	(void)unused;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct builtin *b = builtin_find(str_of(names[i]));
		struct error err = ERROR_INIT;
		struct policy *p = parse(b->text, &err);

		if (p == NULL)
			fail_msg("%s: %s", names[i], err.text);
		assert_true(p->count > 10);
		policy_free(&p);
	}
	assert_null(builtin_find(str_of("root")));
	assert_null(builtin_find(str_of("Default")));
}

static void
note(void *arg, unsigned line, const char *sentence)
{
	buf_printf(arg, "%u: %s\n", line, sentence);
}

/* Every complaint, and the first of them is the one of policy_parse. */
static void
test_all_complaints(void **unused)
{
	static const struct {
		const char *text, *complaints;
	} cases[] = {
	    {"path \"a\" { capabilities = [\"read\"] }", ""},
	    {"path \"a\" {\n\tcapabilities = [\"x\", \"read\", \"y\"]\n}\n"
	     "path \"b\" {\n\tpolicy = \"z\"\n\tmin_wrapping_ttl = \"no\"\n}\npath \"c+*\" {}",
		"2: path \"a\": invalid capability \"x\"\n"
		"2: path \"a\": invalid capability \"y\"\n"
		"5: path \"b\": invalid policy \"z\"\n"
		"6: error parsing min_wrapping_ttl: time: invalid duration \"no\"\n"
		"8: path \"c+*\": invalid use of wildcards ('+*' is forbidden)\n"},
	    {"name = 1\npath \"a\" {\n\tmin_wrapping_ttl = 2\n\tmax_wrapping_ttl = 1\n}",
		"1: \"name\" must be a string, on line 1\n"
		"2: max_wrapping_ttl cannot be less than min_wrapping_ttl\n"},
	    {"path = 1\npath \"a\" { policy = 1 }",
		"1: \"path\" must be a block, on line 1\n"
		"2: path \"a\": \"policy\" must be a string, on line 2\n"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf told = BUF_INIT;
		struct error err = ERROR_INIT;
		struct policy *p = parse(cases[i].text, &err);
		unsigned lines = 0;

		for (const char *at = cases[i].complaints; (at = strchr(at, '\n')) != NULL;
		     at++)
			lines++;
		assert_int_equal(policy_check(str_of(cases[i].text), note, &told), lines);
		buf_put_u8(&told, '\0');
		assert_string_equal((const char *)told.data, cases[i].complaints);
		assert_int_equal(p == NULL, lines > 0);
		if (lines > 0)
			assert_memory_equal(
			    strchr(cases[i].complaints, ' ') + 1, err.text, strlen(err.text));
		policy_free(&p);
		buf_free(&told);
	}
}

/* What is neither HCL nor JSON has one complaint, which names its line itself. */
static void
test_no_policy_at_all(void **unused)
{
	struct buf told = BUF_INIT;

	(void)unused;
	assert_int_equal(policy_check(str_of("path \"a\" {"), note, &told), 1);
	assert_memory_equal(told.data, "0: line 1, column ", strlen("0: line 1, column "));
	buf_free(&told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_patterns),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_parameters),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_builtin),
	    cmocka_unit_test(test_all_complaints),
	    cmocka_unit_test(test_no_policy_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
