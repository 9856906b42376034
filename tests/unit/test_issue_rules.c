/*
 * What names a role of a PKI mount allows, and what it does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/der_write.h"
#include "policy/hostname.h"
#include "policy/issue_rules.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* Flags of a role by letters: Any, Hostnames enforced, Local, Bare, Subdomains, Globs,
 * Wildcards. */
static struct issue_rules
rules_of(const char *flags, const struct str *domain)
{
	return (struct issue_rules){
	    .any_name = strchr(flags, 'A') != NULL,
	    .enforce_hostnames = strchr(flags, 'H') != NULL,
	    .localhost = strchr(flags, 'L') != NULL,
	    .bare_domains = strchr(flags, 'B') != NULL,
	    .subdomains = strchr(flags, 'S') != NULL,
	    .globs = strchr(flags, 'G') != NULL,
	    .wildcards = strchr(flags, 'W') != NULL,
	    .domains = {domain, domain->len > 0},
	};
}

static const struct {
	const char *flags, *domain, *name;
	bool allowed;
} asked[] = {
    {"", "example.com", "example.com", false},
    {"B", "example.com", "example.com", true},
    {"B", "example.com", "EXAMPLE.com", true},
    {"B", "example.com", "a.example.com", false},
    {"S", "example.com", "a.example.com", true},
    {"S", "example.com", "a.b.example.com", true},
    {"S", "example.com", "example.com", false},
    {"S", "example.com", "badexample.com", false},
    {"S", "example.com", ".example.com", false},
    {"SH", "example.com", "a..example.com", false},
    {"SH", "example.com", "a_b.example.com", false},
    {"SH", "example.com", "-a.example.com", false},
    /* A wildcard is a subdomain, never a bare domain (CVE-2022-25243). */
    {"BW", "example.com", "*.example.com", false},
    {"SW", "example.com", "*.example.com", true},
    {"S", "example.com", "*.example.com", false},
    {"BS", "example.com", "*.example.com", false},
    {"SW", "example.com", "*.a.example.com", true},
    {"SW", "example.com", "a*.example.com", true},
    {"SW", "example.com", "a.*.example.com", false},
    {"SW", "example.com", "*.*.example.com", false},
    {"SW", "example.com", "**.example.com", false},
    {"SW", "example.com", "*", false},
    {"AW", "", "*", false},
    {"BW", "*.example.com", "*.example.com", true},
    {"G", "*.example.com", "a.example.com", true},
    {"GW", "*.example.com", "*.example.com", true},
    {"G", "*.example.com", "*.example.com", false},
    {"G", "a*.example.com", "AB.example.com", true},
    {"G", "a*.example.com", "b.example.com", false},
    {"G", "example.com", "example.com", false},
    {"L", "", "localhost", true},
    {"L", "", "localdomain", true},
    {"L", "", "a.localhost", false},
    {"LS", "", "a.localhost", true},
    {"LW", "", "*.localhost", false},
    {"LSW", "", "*.localhost", true},
    {"", "", "localhost", false},
    {"A", "", "anything at all", true},
    {"AH", "", "anything at all", false},
    {"AH", "", "any", true},
    {"A", "", "*.com", false},
    {"AW", "", "*.com", true},
    {"B", "example.com", "me@example.com", true},
    {"S", "example.com", "me@a.example.com", true},
    {"S", "example.com", "me@example.com", false},
    {"BS", "example.com", "me@evil.com@example.com", false},
    {"BS", "example.com", "@example.com", false},
    {"ASW", "", "me@*.example.com", false},
    {"S", "", "a.b", false},
};

static void
test_names(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct str domain = str_of(asked[i].domain);
		struct issue_rules r = rules_of(asked[i].flags, &domain);

		if (issue_rules_allow_name(&r, str_of(asked[i].name)) != asked[i].allowed)
			fail_msg("%s %s %s", asked[i].flags, asked[i].domain, asked[i].name);
	}
}

static void
test_hostnames(void **unused)
{
	char label[80], name[300];

	(void)unused;
	memset(label, 'a', sizeof(label));
	assert_true(hostname_check((struct str){label, 63}));
	assert_false(hostname_check((struct str){label, 64}));
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	assert_true(hostname_check((struct str){name, 253}));
	assert_false(hostname_check((struct str){name, 255}));
	assert_true(hostname_check(str_of("a.b.")));
	assert_false(hostname_check(str_of("")));
	assert_false(hostname_check(str_of(".")));
	assert_false(hostname_check(str_of("a..b")));
	assert_false(hostname_check(str_of("*.a")));
	assert_false(hostname_check((struct str){"a\0b", 3}));
}

static void
test_addresses(void **unused)
{
	static const struct {
		const char *cidr, *address;
		bool within;
	} cases[] = {
	    {"10.0.0.0/8", "10.1.2.3", true},
	    {"10.0.0.0/8", "11.1.2.3", false},
	    {"10.0.0.0/9", "10.127.0.1", true},
	    {"10.0.0.0/9", "10.128.0.1", false},
	    {"10.1.2.3", "10.1.2.3", true},
	    {"10.1.2.3", "10.1.2.4", false},
	    {"0.0.0.0/0", "1.2.3.4", true},
	    {"0.0.0.0/0", "::1", false},
	    {"::/0", "1.2.3.4", false},
	    {"fd00::/8", "fd12::1", true},
	    {"fd00::/8", "fe80::1", false},
	    {"10.0.0.0/33", "10.0.0.1", false},
	    {"10.0.0.0/", "10.0.0.0", false},
	    {"nonsense", "10.0.0.1", false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t octets[ADDRESS_OCTETS];
		struct str address = {
		    (char *)octets, address_octets(str_of(cases[i].address), octets)};

		assert_true(address.len > 0);
		if (address_within(str_of(cases[i].cidr), address) != cases[i].within)
			fail_msg("%s %s", cases[i].cidr, cases[i].address);
	}
}

/* The constraints hold wherever a name came from (GHSA-g892-p242-8g86). */
static void
test_sources(void **unused)
{
	static struct san names;
	struct str network = str_of("10.0.0.0/8"), uri = str_of("spiffe://na1.example/svc/*");
	struct issue_rules r = {.any_name = true, .addresses = true, .networks = {&network, 1}};
	struct issue_names n = {.names = &names};
	struct error err = ERROR_INIT;

	(void)unused;
	for (int by_request = 0; by_request < 2; by_request++) {
		n.by_request = by_request;
		names = (struct san){.address = {1, {{"\x0b\x00\x00\x01", 4}}}};
		assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
		names.address.at[0] = (struct str){"\x0a\x00\x00\x01", 4};
		assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
		r.addresses = false;
		assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
		r.addresses = true;
		names = (struct san){.uri = {1, {str_of("spiffe://na1.example/svc/a")}}};
		r.uris = (struct str_list){NULL, 0};
		assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
		r.uris = (struct str_list){&uri, 1};
		assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
		names.uri.at[0] = str_of("spiffe://na1.example/operator/a");
		assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
	}
	issue_rules_check(&r, &n, &err);
	assert_string_equal(err.text,
	    "URI Subject Alternative Names were provided via CSR which "
	    "are not valid for this role");
}

static void
test_subjects(void **unused)
{
	static struct san names;
	struct str both[] = {str_of("email"), str_of("hostname")},
		   disabled = str_of("disabled");
	struct str serial = str_of("SN-*"), user = str_of("alice"), other = str_of("bob");
	struct issue_rules r = {.any_name = true,
	    .enforce_hostnames = true,
	    .validations = {both, 2},
	    .serials = {&serial, 1},
	    .user_ids = {&user, 1}};
	struct issue_names n = {.names = &names, .common_name = str_of("a.example")};
	struct error err = ERROR_INIT;

	(void)unused;
	assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
	n.common_name = str_of("no host");
	assert_int_equal(issue_rules_check(&r, &n, &err), -1);
	assert_string_equal(err.text, "common name no host not allowed by this role");
	r.validations = (struct str_list){&disabled, 1};
	assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
	r.validations = (struct str_list){both, 1};
	n.common_name = str_of("a.example");
	assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
	n.common_name = str_of("me@a.example");
	assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
	n.serial_number = str_of("SN-1");
	assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
	n.serial_number = str_of("1");
	assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
	n.serial_number = (struct str){NULL, 0};
	n.user_ids = (struct str_list){&user, 1};
	assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
	n.user_ids = (struct str_list){&other, 1};
	assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
}

static void
test_other_names(void **unused)
{
	static struct san names;
	struct str allowed = str_of("1.3.6.1.4.1.311.20.2.3;UTF8:*@example.com");
	struct issue_rules r = {.others = {&allowed, 1}};
	struct issue_names n = {.names = &names};
	struct buf oid = BUF_INIT;

	(void)unused;
	assert_true(der_encode_oid(&oid, str_of("1.3.6.1.4.1.311.20.2.3")));
	names = (struct san){
	    .other_type = {1, {buf_str(&oid)}}, .other_value = {1, {str_of("me@example.com")}}};
	assert_int_equal(issue_rules_check(&r, &n, NULL), 0);
	names.other_value.at[0] = str_of("me@example.org");
	assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
	names.other_value.at[0] = str_of("me@example.com");
	names.other_type.at[0] = str_of("\x2a\x03");
	assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
	r.others = (struct str_list){NULL, 0};
	assert_int_equal(issue_rules_check(&r, &n, NULL), -1);
	buf_free(&oid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_hostnames),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_subjects),
	    cmocka_unit_test(test_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
