/*
 * What policies allow, told as texts and requests; test_acl_oracle.c tells the rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "policy/acl.h"
#include "policy/builtin.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define SECOND INT64_C(1000000000)

/* An entity: its id, its name, and a team that tries to be more than a name. */
static struct str
resolve(void *arg, struct str expression)
{
	(void)arg;
	if (str_is(expression, "identity.entity.id"))
		return str_of("id1");
	if (str_is(expression, "identity.entity.metadata.slash"))
		return str_of("te/am");
	if (str_is(expression, "identity.entity.metadata.plus"))
		return str_of("+");
	if (str_is(expression, "identity.entity.metadata.star"))
		return str_of("a*");
	if (str_is(expression, "identity.entity.metadata.comma"))
		return str_of("a,b");
	if (str_is(expression, "identity.entity.metadata.empty"))
		return str_of("");
	return (struct str){NULL, 0};
}

static const struct acl_template entity = {resolve, NULL};

/* An acl of policies a, b, ...; a NULL ends them. */
static struct acl *
acl_of(const char *const texts[], const struct acl_template *names)
{
	static const char *const policy_names[] = {"a", "b", "c", "d"};
	struct policy *policies[4] = {NULL};
	unsigned count = 0;
	struct acl *a;

	for (; texts[count] != NULL; count++) {
		struct error err = ERROR_INIT;

		policies[count] =
		    policy_parse(str_of(policy_names[count]), str_of(texts[count]), &err);
		if (policies[count] == NULL)
			fail_msg("%s: %s", texts[count], err.text);
	}
	a = acl_new((const struct policy *const *)policies, count, names);
	while (count > 0)
		policy_free(&policies[--count]);
	return a;
}

static struct acl *
acl_of_one(const char *text)
{
	return acl_of((const char *const[]){text, NULL}, &entity);
}

static bool
may(const struct acl *a, enum acl_operation operation, const char *path)
{
	struct acl_request r = {.path = str_of(path), .operation = operation};
	struct acl_verdict v;

	return acl_decide(a, &r, &v);
}

#define ANY "[\"create\",\"read\",\"update\",\"delete\",\"list\"]"
#define GIVE(pattern, what) "path \"" pattern "\" { capabilities = [\"" what "\"] }\n"

static void
test_which_rule(void **unused)
{
	static const struct {
		const char *text;
		enum acl_operation operation;
		const char *allowed[4], *refused[4];
	} cases[] = {
	    {GIVE("s/*", "read") GIVE("s/a", "deny"), ACL_READ, {"s/b", "s/a/b", "s/"},
		{"s/a", "s", "t"}},
	    {GIVE("s/a*", "deny") GIVE("s/ab", "read"), ACL_READ, {"s/ab"},
		{"s/abc", "s/a", "s/b"}},
	    {GIVE("s/*", "read") GIVE("s/t/*", "deny") GIVE("s/t/x/*", "read"), ACL_READ,
		{"s/x", "s/t/x/y", "s/t"}, {"s/t/y", "s/t/x", "s/t/"}},
	    {GIVE("s/+/key", "read") GIVE("s/*", "deny"), ACL_READ, {"s/any/key", "s//key"},
		{"s/any/other", "s/any/deep/key"}},
	    {GIVE("s/+/+/c", "read") GIVE("s/a/+/c", "deny"), ACL_READ, {"s/x/b/c"},
		{"s/a/b/c", "s/x/b/d"}},
	    {GIVE("s/+/b*", "read"), ACL_READ, {"s/x/b", "s/x/bcd", "s/x/b/c/d"},
		{"s/x/a", "s/b", "s/x"}},
	    {GIVE("s/a/*", "read") GIVE("s/a/+", "deny"), ACL_READ, {"s/a/b/c"},
		{"s/a/b", "s/a/"}},
	    {GIVE("a+/b", "read") GIVE("*c/+", "read"), ACL_READ, {"a+/b", "*c/x"},
		{"ax/b", "c/x"}},
	    {GIVE("+", "read"), ACL_READ, {"a", ""}, {"a/", "a/b"}},
	    {GIVE("*", "read"), ACL_READ, {"", "a", "a/b/", "/a"}, {NULL}},
	    {"", ACL_READ, {NULL}, {"", "a"}},
	    {"path \"a\" {}\n" GIVE("*", "read"), ACL_READ, {"b"}, {"a"}},
	    {GIVE("m", "list"), ACL_LIST, {"m", "m/"}, {"m/x/", "m//"}},
	    {GIVE("m/", "list"), ACL_LIST, {"m/"}, {"m/x/"}},
	    {GIVE("m/", "read"), ACL_READ, {"m/"}, {"m"}},
	    {GIVE("m/*", "list") GIVE("m", "deny"), ACL_LIST, {"m/x/"}, {"m/"}},
	    {GIVE("m/+/", "list"), ACL_LIST, {"m/x/"}, {"m/x/y/", "m/"}},
	    {GIVE("m/a", "list") GIVE("m/a/", "deny"), ACL_LIST, {NULL}, {"m/a/", "m/a/b/"}},
	    {GIVE("m/+", "list"), ACL_LIST, {"m/x/", "m/"}, {"m/x/y/"}},
	    {GIVE("m/+", "list") GIVE("m/*", "deny"), ACL_LIST, {"m/"}, {"m/x/"}},
	    {GIVE("m/+", "read"), ACL_READ, {"m/x", "m/"}, {"m/x/"}},
	    {GIVE("m", "scan"), ACL_SCAN, {"m/"}, {"m/x/"}},
	    {GIVE("m", "list"), ACL_SCAN, {NULL}, {"m/", "m"}},
	    {GIVE("s/*", "deny"), ACL_HELP, {"s/a", "t"}, {NULL}},
	    {GIVE("/s/a", "read"), ACL_READ, {"s/a", "/s/a", "//s/a"}, {"a"}},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct acl *a = acl_of_one(cases[i].text);

		for (size_t j = 0; j < 4 && cases[i].allowed[j] != NULL; j++)
			if (!may(a, cases[i].operation, cases[i].allowed[j]))
				fail_msg("%s refuses %s", cases[i].text, cases[i].allowed[j]);
		for (size_t j = 0; j < 4 && cases[i].refused[j] != NULL; j++)
			if (may(a, cases[i].operation, cases[i].refused[j]))
				fail_msg("%s allows %s", cases[i].text, cases[i].refused[j]);
		acl_free(&a);
		assert_null(a);
	}
}

static void
test_each_operation(void **unused)
{
	static const struct {
		const char *name;
		enum acl_operation operation;
	} cases[] = {
	    {"create", ACL_CREATE},
	    {"read", ACL_READ},
	    {"update", ACL_UPDATE},
	    {"patch", ACL_PATCH},
	    {"delete", ACL_DELETE},
	    {"list", ACL_LIST},
	    {"scan", ACL_SCAN},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[80];
		struct acl *a;

		snprintf(
		    text, sizeof text, "path \"a\" { capabilities = [\"%s\"] }", cases[i].name);
		a = acl_of_one(text);
		for (size_t j = 0; j < COUNT(cases); j++)
			assert_int_equal(may(a, cases[j].operation, "a"), i == j);
		acl_free(&a);
	}
}

static void
test_sudo_goes_with_a_capability(void **unused)
{
	static const struct {
		const char *text;
		bool plain, sudo;
	} cases[] = {
	    {"path \"a\" { capabilities = [\"read\"] }", true, false},
	    {"path \"a\" { capabilities = [\"sudo\"] }", false, false},
	    {"path \"a\" { capabilities = [\"read\", \"sudo\"] }", true, true},
	    {"path \"a\" { capabilities = [\"read\", \"sudo\", \"deny\"] }", false, false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct acl *a = acl_of_one(cases[i].text);
		struct acl_request r = {.path = str_of("a"), .operation = ACL_READ};
		struct acl_verdict v;

		assert_int_equal(acl_decide(a, &r, &v), cases[i].plain);
		r.sudo = true;
		assert_int_equal(acl_decide(a, &r, &v), cases[i].sudo);
		acl_free(&a);
	}
}

static void
test_several_policies(void **unused)
{
	static const char *const both[] = {GIVE("k", "read"), GIVE("k", "update"), NULL};
	static const char *const denied[] = {
	    GIVE("k", "read"), GIVE("k", "deny"), GIVE("k", "update"), NULL};
	static const char *const apart[] = {GIVE("k", "read"), GIVE("*", "delete"), NULL};
	struct acl_request r = {.path = str_of("k"), .operation = ACL_READ};
	struct acl_verdict v;
	struct acl *a = acl_of(both, NULL);

	(void)unused;
	assert_true(may(a, ACL_READ, "k"));
	assert_true(may(a, ACL_UPDATE, "k"));
	assert_false(may(a, ACL_DELETE, "k"));
	assert_int_equal(acl_capabilities(a, str_of("k")), CAP_READ | CAP_UPDATE);
	acl_free(&a);
	a = acl_of(denied, NULL);
	assert_false(acl_decide(a, &r, &v));
	assert_true(str_is(v.policy, "b"));
	assert_int_equal(acl_capabilities(a, str_of("k")), CAP_DENY);
	acl_free(&a);
	a = acl_of(apart, NULL);
	assert_false(may(a, ACL_DELETE, "k"));
	assert_true(may(a, ACL_DELETE, "x"));
	acl_free(&a);
}

/* Bodies against parameters: what is sent, and what comes of it. */
static const struct {
	const char *parameters, *body;
	bool allowed;
} bodies[] = {
    {"allowed_parameters = { \"m\" = [] }", "{\"m\":3}", true},
    {"allowed_parameters = { \"m\" = [] }", "{\"m\":3,\"c\":true}", false},
    {"allowed_parameters = { \"m\" = [] }", "{}", true},
    {"allowed_parameters = { \"m\" = [] }", NULL, true},
    {"allowed_parameters = { \"m\" = [] }", "{\"M\":3}", true},
    {"allowed_parameters = {}", "{\"x\":3}", true},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":\"3\"}", true},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":3}", false},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":5}", true},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":5.0}", true},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":0.5e1}", true},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":-5}", false},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":50}", false},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":\"5\"}", false},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":null}", false},
    {"allowed_parameters = { \"m\" = [\"3\",5] }", "{\"m\":[\"3\"]}", false},
    {"allowed_parameters = { \"m\" = [9007199254740993] }", "{\"m\":9007199254740992}",
	false},
    {"allowed_parameters = { \"m\" = [true] }", "{\"m\":true}", true},
    {"allowed_parameters = { \"m\" = [true] }", "{\"m\":false}", false},
    {"allowed_parameters = { \"m\" = [true] }", "{\"m\":\"true\"}", false},
    {"allowed_parameters = { \"m\" = [\"a\"] \"*\" = [] }", "{\"x\":1}", true},
    {"allowed_parameters = { \"m\" = [\"a\"] \"*\" = [] }", "{\"m\":\"b\"}", false},
    {"allowed_parameters = { \"*\" = [\"a\"] }", "{\"x\":\"b\"}", true},
    {"allowed_parameters = { \"*\" = [] }\ndenied_parameters = { \"c\" = [] }",
	"{\"m\":3}", true},
    {"allowed_parameters = { \"*\" = [] }\ndenied_parameters = { \"c\" = [] }",
	"{\"C\":false}", false},
    {"denied_parameters = { \"d\" = [\"9*\",\"*m\"] }", "{\"d\":\"90s\"}", false},
    {"denied_parameters = { \"d\" = [\"9*\",\"*m\"] }", "{\"d\":\"10m\"}", false},
    {"denied_parameters = { \"d\" = [\"9*\",\"*m\"] }", "{\"d\":\"80s\"}", true},
    {"denied_parameters = { \"d\" = [\"*in*\"] }", "{\"d\":\"admins\"}", false},
    {"denied_parameters = { \"d\" = [\"*\"] }", "{\"d\":\"x\"}", true},
    {"denied_parameters = { \"d\" = [\"*\"] }", "{\"d\":\"*\"}", false},
    {"denied_parameters = { \"d\" = [\"x\"] }", "{\"d\":[\"y\",\"x\"]}", false},
    {"denied_parameters = { \"d\" = [\"x\"] }", "{\"d\":[\"y\"]}", true},
    {"denied_parameters = { \"d\" = [] }", "{\"d\":[]}", false},
    {"denied_parameters = { \"*\" = [] }", "{\"m\":1}", false},
    {"denied_parameters = { \"*\" = [\"x\"] }", "{\"m\":1}", false},
    {"denied_parameters = { \"*\" = [] }", "{}", true},
    {"required_parameters = [\"m\"]", "{\"m\":null}", true},
    {"required_parameters = [\"m\"]", "{\"M\":1}", false},
    {"required_parameters = [\"M\"]", "{\"m\":1}", true},
    {"required_parameters = [\"m\"]", "{\"c\":false}", false},
    {"required_parameters = [\"m\"]", "{}", false},
    {"required_parameters = [\"m\"]", NULL, false},
};

static void
test_parameters(void **unused)
{
	struct arena *arena = arena_new(1 << 16, 0, NULL);

	(void)unused;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		char text[200];
		struct acl_request r = {.path = str_of("a"), .operation = ACL_UPDATE};
		struct acl_verdict v;
		struct acl *a;

		snprintf(text, sizeof text, "path \"a\" { capabilities = [\"update\"]\n%s }",
		    bodies[i].parameters);
		a = acl_of_one(text);
		if (bodies[i].body != NULL)
			r.body =
			    json_parse(arena, str_of(bodies[i].body), &json_limits_body, NULL);
		if (acl_decide(a, &r, &v) != bodies[i].allowed)
			fail_msg("%s %s: %s", bodies[i].parameters, bodies[i].body, v.reason);
		acl_free(&a);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* A delete, a list and a scan have no parameters. */
static void
test_parameters_of_operations(void **unused)
{
	static const char text[] =
	    "path \"a\" { capabilities = " ANY " required_parameters = [\"m\"] }";
	struct acl *a = acl_of_one(text);

	(void)unused;
	assert_false(may(a, ACL_READ, "a"));
	assert_false(may(a, ACL_CREATE, "a"));
	assert_true(may(a, ACL_DELETE, "a"));
	assert_true(may(a, ACL_LIST, "a"));
	acl_free(&a);
}

static void
test_wrapping(void **unused)
{
	static const char *const crossed[] = {
	    "path \"a\" { capabilities = [\"read\"] min_wrapping_ttl = \"10s\" }",
	    "path \"a\" { max_wrapping_ttl = \"5s\" }", NULL};
	static const struct {
		const char *limits;
		int64_t ttl;
		bool allowed;
	} cases[] = {
	    {"", 0, true},
	    {"", 5, true},
	    {"min_wrapping_ttl = \"1s\" max_wrapping_ttl = \"1m\"", 0, false},
	    {"min_wrapping_ttl = \"1s\" max_wrapping_ttl = \"1m\"", 30, true},
	    {"min_wrapping_ttl = \"1s\" max_wrapping_ttl = \"1m\"", 60, true},
	    {"min_wrapping_ttl = \"1s\" max_wrapping_ttl = \"1m\"", 61, false},
	    {"min_wrapping_ttl = \"10s\"", 5, false},
	    {"min_wrapping_ttl = \"10s\"", 10, true},
	    {"min_wrapping_ttl = \"10s\"", 0, false},
	    {"max_wrapping_ttl = \"1m\"", 0, false},
	    {"max_wrapping_ttl = \"1m\"", 60, true},
	    {"max_wrapping_ttl = 0", 0, true},
	};
	struct acl_request r = {.path = str_of("a"), .operation = ACL_READ};
	struct acl_verdict v;
	struct acl *a;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[120];

		snprintf(text, sizeof text, "path \"a\" { capabilities = [\"read\"]\n%s }",
		    cases[i].limits);
		a = acl_of_one(text);
		r.wrap_ttl = cases[i].ttl * SECOND;
		if (acl_decide(a, &r, &v) != cases[i].allowed)
			fail_msg("%s %d", cases[i].limits, (int)cases[i].ttl);
		acl_free(&a);
	}
	a = acl_of(crossed, NULL);
	for (int64_t ttl = 0; ttl < 15; ttl++) {
		r.wrap_ttl = ttl * SECOND;
		assert_false(acl_decide(a, &r, &v));
	}
	acl_free(&a);
}

static void
test_templates(void **unused)
{
	/* clang-format off */
	static const char text[] =
	    GIVE("d/{{identity.entity.id}}/*", "read")
	    GIVE("e/{{ identity.entity.id }}-{{identity.entity.id}}", "read")
	    GIVE("f/{{identity.none}}", "read")
	    GIVE("f{{identity.entity.metadata.empty}}*", "read")
	    GIVE("g/{{identity.entity.metadata.slash}}", "read")
	    GIVE("h/{{identity.entity.metadata.plus}}", "read")
	    GIVE("i/{{identity.entity.metadata.star}}", "read")
	    GIVE("j/{{identity.entity.metadata.comma}}", "read");
	/* clang-format on */
	static const char *const allowed[] = {"d/id1/", "d/id1/x", "e/id1-id1"};
	static const char *const refused[] = {"d/id2/x", "d//x", "e/id1-id2", "f/", "f/x",
	    "f/{{identity.none}}", "g/te/am", "h/x", "h/+", "i/a", "i/a*", "i/ab", "j/a,b",
	    "j/a"};
	struct acl *a = acl_of_one(text);

	(void)unused;
	for (size_t i = 0; i < COUNT(allowed); i++)
		assert_true(may(a, ACL_READ, allowed[i]));
	for (size_t i = 0; i < COUNT(refused); i++)
		if (may(a, ACL_READ, refused[i]))
			fail_msg("%s", refused[i]);
	acl_free(&a);
	a = acl_of((const char *const[]){text, NULL}, NULL);
	assert_false(may(a, ACL_READ, "d/id1/x"));
	acl_free(&a);
}

static void
test_capabilities(void **unused)
{
	static const struct {
		const char *path;
		unsigned capabilities;
	} cases[] = {
	    {"s/x", CAP_READ | CAP_SUDO},
	    {"s/d", CAP_DENY},
	    {"s/none", CAP_DENY},
	    {"s", CAP_DENY},
	    {"s/", CAP_READ | CAP_SUDO},
	    {"/s/x", CAP_READ | CAP_SUDO},
	    {"m", CAP_LIST},
	    {"m/", CAP_LIST},
	    {"nothing", CAP_DENY},
	};
	struct acl *a =
	    acl_of_one("path \"s/*\" { capabilities = [\"read\", \"sudo\"] }\n" GIVE(
		"s/d", "deny") "path \"s/none\" {}\n" GIVE("m", "list"));

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (acl_capabilities(a, str_of(cases[i].path)) != cases[i].capabilities)
			fail_msg("%s", cases[i].path);
	acl_free(&a);
}

static void
test_touches(void **unused)
{
	static const struct {
		const char *text, *path;
		bool touches;
	} cases[] = {
	    {GIVE("secret/data/a", "read"), "secret/", true},
	    {GIVE("secret/data/a", "read"), "secret", true},
	    {GIVE("secret/data/a", "read"), "secret/data/a", true},
	    {GIVE("secret/data/a", "read"), "secret/data/a/", true},
	    {GIVE("secret/data/a", "read"), "secret/data/b", false},
	    {GIVE("secret/data/a", "read"), "secret/dat", false},
	    {GIVE("secret/data/a", "read"), "", true},
	    {GIVE("secret/data/a", "deny"), "secret/", false},
	    {"path \"secret/data/a\" {}", "secret/", false},
	    {GIVE("secret/data/a*", "read"), "secret/", true},
	    {GIVE("sec*", "read"), "secret/", true},
	    {GIVE("*", "read") GIVE("secret/*", "deny"), "secret/", false},
	    {GIVE("*", "deny") GIVE("secret/data/x", "sudo"), "secret/", true},
	    {GIVE("+/data/x", "read"), "secret/", true},
	    {GIVE("+/+/x", "read"), "secret/data/", true},
	    {GIVE("+/data/x", "read"), "secret/metadata/", false},
	    {GIVE("+/data/x", "deny"), "secret/", false},
	    {GIVE("+", "read"), "secret/data/", false},
	    {GIVE("secretive/x", "read"), "secret/", false},
	    {GIVE("secretive/x", "read"), "secret", false},
	    {"", "secret/", false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct acl *a = acl_of_one(cases[i].text);

		if (acl_touches(a, str_of(cases[i].path)) != cases[i].touches)
			fail_msg("%s %s", cases[i].text, cases[i].path);
		acl_free(&a);
	}
}

/* A refusal says why, names its rule, and holds nothing of the body. */
static void
test_reasons(void **unused)
{
	static const struct {
		const char *path;
		enum acl_operation operation;
		bool sudo;
		const char *rule, *reason;
	} cases[] = {
	    {"x", ACL_READ, false, "", "no rule matches"},
	    {"a", ACL_UPDATE, false, "a", "lacks update"},
	    {"a", ACL_READ, true, "a", "lacks sudo"},
	    {"d/1", ACL_READ, false, "d/*", "the rule denies"},
	    {"w/1/x", ACL_READ, false, "w/+/*", "the reply must be wrapped"},
	    {"p", ACL_UPDATE, false, "p", "a parameter is not allowed"},
	    {"q", ACL_UPDATE, false, "q", "parameter key is denied"},
	    {"r", ACL_UPDATE, false, "r", "parameter cas is required"},
	    {"a", ACL_READ, false, "a", ""},
	};
	struct acl *a = acl_of_one(GIVE("a", "read") GIVE(
	    "d/*", "deny") "path \"w/+/*\" { capabilities = [\"read\"] max_wrapping_ttl = 1 }\n"
			   "path \"p\" { capabilities = [\"update\"] allowed_parameters = { "
			   "\"o\" = [] } }\n"
			   "path \"q\" { capabilities = [\"update\"] denied_parameters = { "
			   "\"key\" = [] } }\n"
			   "path \"r\" { capabilities = [\"update\"] required_parameters = "
			   "[\"cas\"] }\n");
	struct json member = {.type = JSON_TRUE, .name = str_of("KEY")};
	struct json body = {.type = JSON_OBJECT, .count = 1, .first = &member};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct acl_request r = {.path = str_of(cases[i].path),
		    .operation = cases[i].operation,
		    .sudo = cases[i].sudo,
		    .body = &body};
		struct acl_verdict v;

		assert_int_equal(acl_decide(a, &r, &v), cases[i].reason[0] == '\0');
		assert_string_equal(v.reason, cases[i].reason);
		assert_true(str_is(v.rule, cases[i].rule));
		assert_true(str_is(v.policy, cases[i].rule[0] == '\0' ? "" : "a"));
	}
	acl_free(&a);
}

/* Operators run the vault, and read no secret with this policy. */
static void
test_operator(void **unused)
{
	static const struct {
		const char *path;
		enum acl_operation operation;
		bool sudo, allowed;
	} cases[] = {
	    {"sys/seal", ACL_UPDATE, true, true},
	    {"sys/step-down", ACL_UPDATE, true, true},
	    {"sys/policies/acl/", ACL_LIST, false, true},
	    {"sys/policies/acl/operator", ACL_UPDATE, false, true},
	    {"sys/policy/x", ACL_DELETE, false, true},
	    {"sys/mounts", ACL_READ, false, true},
	    {"sys/mounts/kv/tune", ACL_UPDATE, false, true},
	    {"sys/auth/x", ACL_UPDATE, true, true},
	    {"sys/audit", ACL_READ, true, true},
	    {"sys/audit-hash/file", ACL_UPDATE, false, true},
	    {"sys/rotate", ACL_UPDATE, true, true},
	    {"sys/rotate/root", ACL_UPDATE, true, true},
	    {"sys/rotate/config", ACL_READ, false, true},
	    {"sys/rekey/init", ACL_READ, false, true},
	    {"sys/leases/lookup/a/", ACL_LIST, true, true},
	    {"sys/config/cors", ACL_READ, true, true},
	    {"sys/remount", ACL_UPDATE, true, true},
	    {"sys/internal/ui/mounts", ACL_READ, false, true},
	    {"auth/cert/certs/", ACL_LIST, false, true},
	    {"auth/cert/certs/x", ACL_UPDATE, false, true},
	    {"auth/token/accessors/", ACL_LIST, true, true},
	    {"auth/token/revoke-accessor", ACL_UPDATE, false, true},
	    {"identity/entity/id/x", ACL_UPDATE, false, true},
	    {"secret/data/x", ACL_READ, false, false},
	    {"secret/metadata/", ACL_LIST, false, false},
	    {"kv/x", ACL_READ, false, false},
	    {"cubbyhole/x", ACL_READ, false, false},
	    {"transit/encrypt/x", ACL_UPDATE, false, false},
	    {"pki/issue/x", ACL_UPDATE, false, false},
	    {"pki/sign/x", ACL_UPDATE, false, false},
	    {"pki/root", ACL_DELETE, true, false},
	    {"auth/token/create", ACL_UPDATE, false, false},
	    {"sys/raw/core", ACL_READ, true, false},
	    {"sys", ACL_READ, false, false},
	};
	struct acl *a = acl_of_one(builtin_find(str_of("operator"))->text);

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct acl_request r = {.path = str_of(cases[i].path),
		    .operation = cases[i].operation,
		    .sudo = cases[i].sudo};
		struct acl_verdict v;

		if (acl_decide(a, &r, &v) != cases[i].allowed)
			fail_msg("%s: %s", cases[i].path, v.reason);
	}
	acl_free(&a);
}

static void
test_default(void **unused)
{
	struct acl *a = acl_of_one(builtin_find(str_of("default"))->text);

	(void)unused;
	assert_int_equal(acl_capabilities(a, str_of("auth/token/lookup-self")), CAP_READ);
	assert_int_equal(acl_capabilities(a, str_of("sys/capabilities-self")), CAP_UPDATE);
	assert_int_equal(acl_capabilities(a, str_of("cubbyhole/x")),
	    CAP_CREATE | CAP_READ | CAP_UPDATE | CAP_DELETE | CAP_LIST);
	assert_int_equal(acl_capabilities(a, str_of("identity/entity/id/id1")), CAP_READ);
	assert_int_equal(acl_capabilities(a, str_of("identity/entity/id/id2")), CAP_DENY);
	assert_int_equal(acl_capabilities(a, str_of("secret/data/x")), CAP_DENY);
	acl_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_which_rule),
	    cmocka_unit_test(test_each_operation),
	    cmocka_unit_test(test_sudo_goes_with_a_capability),
	    cmocka_unit_test(test_several_policies),
	    cmocka_unit_test(test_parameters),
	    cmocka_unit_test(test_parameters_of_operations),
	    cmocka_unit_test(test_wrapping),
	    cmocka_unit_test(test_templates),
	    cmocka_unit_test(test_capabilities),
	    cmocka_unit_test(test_touches),
	    cmocka_unit_test(test_reasons),
	    cmocka_unit_test(test_operator),
	    cmocka_unit_test(test_default),
	};

	log_init("test", LOG_HUMAN, LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
