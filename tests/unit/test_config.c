/*
 * The configuration file: what it means when it is right, and the exact complaint when it is
 * not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vaultd/config.h"

/* A file that has all that it must, in eleven lines; each case changes or adds one thing. */
#define TOP \
	"hublet = \"na1\"\n" \
	"trust_domain = \"na1.example\"\n" \
	"operators = [\"spiffe://na1.example/operator/alice\"]\n"
#define LISTENER \
	"listener {\n" \
	"  address = \"127.0.0.1:8200\"\n" \
	"  certificate = \"server.pem\"\n" \
	"  key = \"/etc/v/server.key\"\n" \
	"  client_ca = \"ca.pem\"\n" \
	"}\n"
#define STORES \
	"storage \"lmdb\" { path = \"data\" }\n" \
	"audit \"file\" { path = \"audit.log\" }\n"
#define GOOD TOP LISTENER STORES

static struct config *
parse(const char *text, struct error *err)
{
	return config_parse(str_of(text), "run/na1/vaultd.hcl", err);
}

static void
test_defaults(void **state)
{
	struct error err = ERROR_INIT;
	struct config *c = parse(GOOD, &err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(c);
	assert_string_equal(c->hublet, "na1");
	assert_string_equal(c->trust_domain, "na1.example");
	assert_string_equal(c->user, "vaultd");
	assert_int_equal(c->gates, 0);
	assert_string_equal(c->log_format, "human");
	assert_string_equal(c->cluster_name, "vaultd-na1");
	assert_string_equal(c->listener.address, "127.0.0.1:8200");
	assert_string_equal(c->listener.certificate, "run/na1/server.pem");
	assert_string_equal(c->listener.key, "/etc/v/server.key");
	assert_null(c->listener.crl);
	assert_int_equal(c->listener.networks, 0);
	assert_string_equal(c->storage.path, "run/na1/data");
	assert_int_equal(c->storage.map_bytes, UINT64_C(64) << 30);
	assert_false(c->audit.sync_always);
	assert_int_equal(c->limits.head_bytes, 16384);
	assert_int_equal(c->limits.head_fields, 64);
	assert_int_equal(c->limits.body_bytes, 2 << 20);
	assert_int_equal(c->limits.handshake_s, 10);
	assert_int_equal(c->limits.head_s, 10);
	assert_int_equal(c->limits.body_s, 30);
	assert_int_equal(c->limits.write_stall_s, 30);
	assert_int_equal(c->limits.idle_s, 300);
	assert_int_equal(c->limits.age_s, 3600);
	assert_int_equal(c->limits.connections, 16384);
	assert_int_equal(c->limits.per_address, 4096);
	assert_int_equal(c->limits.per_identity, 4096);
	assert_int_equal(c->request_memory, 6 << 20);
	assert_int_equal(c->operators, 1);
	assert_string_equal(c->operator_id[0], "spiffe://na1.example/operator/alice");
	config_free(&c);
	assert_null(c);
}

static void
test_everything_set(void **state)
{
	struct error err = ERROR_INIT;
	struct config *c =
	    parse("hublet = \"eu-2\"\ntrust_domain = \"eu2.example\"\nuser = \"v\"\ngates = 3\n"
		  "log_format = \"json\"\ncluster_name = \"c\"\n"
		  "operators = [\"spiffe://eu2.example/a\", \"spiffe://eu2.example/b\"]\n"
		  "listener { address = \"[::1]:1\", certificate = \"/c\", key = \"/k\"\n"
		  " client_ca = \"/a\", crl = \"/r\"\n"
		  " allowed_networks = [\"10.0.0.0/8\", \"fd00::/8\", \"192.0.2.7\"] }\n"
		  "storage \"lmdb\" { path = \"/d\", map_size = \"1g\" }\n"
		  "audit \"file\" { path = \"/l\", sync = \"always\" }\n"
		  "limits { body_bytes = 4096, head = 1, age = \"1h30m\", request_memory = "
		  "\"8m\" }\n",
		&err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_string_equal(c->user, "v");
	assert_int_equal(c->gates, 3);
	assert_string_equal(c->log_format, "json");
	assert_string_equal(c->cluster_name, "c");
	assert_int_equal(c->operators, 2);
	assert_string_equal(c->operator_id[1], "spiffe://eu2.example/b");
	assert_string_equal(c->listener.crl, "/r");
	assert_int_equal(c->listener.networks, 3);
	assert_string_equal(c->listener.network[2], "192.0.2.7");
	assert_int_equal(c->storage.map_bytes, 1 << 30);
	assert_true(c->audit.sync_always);
	assert_int_equal(c->limits.body_bytes, 4096);
	assert_int_equal(c->limits.head_s, 1);
	assert_int_equal(c->limits.age_s, 5400);
	assert_int_equal(c->request_memory, 8 << 20);
	config_free(&c);
}

static const struct {
	const char *text, *says; /* behind the file's name */
} bad[] = {
    /* keys */
    {GOOD "gate = 2\n", ":12: unknown key \"gate\"; did you mean \"gates\"?"},
    {GOOD "colour = \"red\"\n", ":12: unknown key \"colour\""},
    {GOOD "limit { }\n", ":12: unknown key \"limit\"; did you mean \"limits\"?"},
    {GOOD "limits {\n  headbytes = 1\n}\n",
	":13: unknown key \"headbytes\" in limits; did you mean \"head_bytes\"?"},
    {GOOD "limits { address = 1 }\n", ":12: unknown key \"address\" in limits"},
    {GOOD "hublet = \"na2\"\n", ":12: \"hublet\" stands on line 1 already"},
    {GOOD "limits { head = 1\nhead = 2 }\n", ":13: \"head\" stands on line 12 already"},
    /* blocks */
    {TOP LISTENER "storage \"sql\" { path = \"d\" }\n",
	":10: write it as storage \"lmdb\" { ... }"},
    {TOP LISTENER "storage { path = \"d\" }\n", ":10: write it as storage \"lmdb\" { ... }"},
    {GOOD "limits \"x\" { }\n", ":12: limits takes no label"},
    {GOOD "limits = 3\n", ":12: limits is a block: limits { ... }"},
    /* what is missing */
    {"", ":1: hublet is missing; it must be the Hublet's name, as \"na1\""},
    {TOP STORES, ":1: listener.address is missing; it must be an address and port, as "
		 "\"127.0.0.1:8200\" or \"[::]:8200\""},
    {TOP LISTENER "storage \"lmdb\" { }\n", ":10: storage.path is missing; it must be a path"},
    /* values */
    {"hublet = 3\n", ":1: hublet must be the Hublet's name, as \"na1\""},
    {"hublet = \"\"\n", ":1: hublet must be the Hublet's name, as \"na1\""},
    {"hublet = \"NA1\"\n", ":1: hublet must be the Hublet's name, as \"na1\": 1 to 32 "
			   "characters, a letter first"},
    {"hublet = \"na_1\"\n", ":1: hublet must be the Hublet's name, as \"na1\": only a-z, "
			    "0-9 and - in it"},
    {GOOD "gates = 0\n", ":12: gates must be a whole number from 1 to 64"},
    {GOOD "gates = 65\n", ":12: gates must be a whole number from 1 to 64"},
    {GOOD "gates = -1\n", ":12: gates must be a whole number from 1 to 64"},
    {GOOD "gates = 1.5\n", ":12: gates must be a whole number from 1 to 64"},
    {GOOD "gates = true\n", ":12: gates must be a whole number from 1 to 64"},
    {GOOD "log_format = \"xml\"\n", ":12: log_format must be \"human\" or \"json\""},
    {GOOD "limits { idle = 0 }\n", ":12: limits.idle must be a time from 1s to 24h0m0s"},
    {GOOD "limits { idle = \"25h\" }\n", ":12: limits.idle must be a time from 1s to 24h0m0s"},
    {GOOD "limits { idle = \"100ms\" }\n",
	":12: limits.idle must be a time from 1s to 24h0m0s"},
    {GOOD "limits { idle = \"soon\" }\n", ":12: limits.idle must be a time from 1s to 24h0m0s"},
    {GOOD "limits { body_bytes = 0 }\n",
	":12: limits.body_bytes must be a size from 1k to 32m"},
    {GOOD "limits { body_bytes = \"33m\" }\n",
	":12: limits.body_bytes must be a size from 1k to 32m"},
    {GOOD "limits { body_bytes = \"2mb\" }\n",
	":12: limits.body_bytes must be a size from 1k to 32m"},
    {GOOD "limits { body_bytes = \"99999999999999999999t\" }\n",
	":12: limits.body_bytes must be a size from 1k to 32m"},
    {TOP "listener { address = \"localhost:8200\" }\n",
	":4: listener.address must be an address and port, as \"127.0.0.1:8200\" or "
	"\"[::]:8200\": numbers only, no host names"},
    {TOP "listener { address = \"127.0.0.1\" }\n",
	":4: listener.address must be an address and port, as \"127.0.0.1:8200\" or "
	"\"[::]:8200\": numbers only, no host names"},
    {TOP "listener { address = \"::1:8200\" }\n",
	":4: listener.address must be an address and port, as \"127.0.0.1:8200\" or "
	"\"[::]:8200\": numbers only, no host names"},
    {TOP "listener { address = \"127.0.0.1:0\" }\n",
	":4: listener.address must be an address and port, as \"127.0.0.1:8200\" or "
	"\"[::]:8200\": numbers only, no host names"},
    {TOP "listener {\n address = \"[::]:1\"\n certificate = \"c\"\n key = \"k\"\n"
	 " client_ca = \"a\"\n allowed_networks = [\"10.0.0.1/8\"] }\n",
	":9: listener.allowed_networks must be a list of networks, as [\"10.0.0.0/8\", "
	"\"fd00::/8\"]: it is none"},
    {TOP "listener {\n address = \"[::]:1\"\n certificate = \"c\"\n key = \"k\"\n"
	 " client_ca = \"a\"\n allowed_networks = [] }\n",
	":9: listener.allowed_networks must be a list of networks, as [\"10.0.0.0/8\", "
	"\"fd00::/8\"]"},
    /* identities */
    {"hublet = \"na1\"\ntrust_domain = \"na1.example\"\noperators = []\n",
	":3: operators must be a list of SPIFFE IDs, as "
	"[\"spiffe://na1.example/operator/alice\"]"},
    {"hublet = \"na1\"\ntrust_domain = \"na1.example\"\noperators = \"x\"\n",
	":3: operators must be a list of SPIFFE IDs, as "
	"[\"spiffe://na1.example/operator/alice\"]"},
    {"hublet = \"na1\"\ntrust_domain = \"na1.example\"\n"
     "operators = [\n\"spiffe://na1.example/a\",\n\"spiffe://na2.example/a\"]\n" LISTENER
	    STORES,
	":5: operator \"spiffe://na2.example/a\" is not of the trust domain "
	"\"na1.example\""},
    {"hublet = \"na1\"\ntrust_domain = \"na1.example\"\n"
     "operators = [\"spiffe://na1.example.org/a\"]\n" LISTENER STORES,
	":3: operator \"spiffe://na1.example.org/a\" is not of the trust domain "
	"\"na1.example\""},
};

static void
test_complaints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;
		struct config *c = parse(bad[i].text, &err);

		assert_null(c);
		assert_int_equal(err.code, ERR_INVALID);
		assert_memory_equal(err.text, "run/na1/vaultd.hcl", 18);
		assert_string_equal(err.text + 18, bad[i].says);
	}
}

/* The reasons of others stand behind ours: only how it begins is ours to say. */
static void
test_complaints_of_others(void **state)
{
	static const struct {
		const char *text, *begins;
	} cases[] = {
	    {"hublet = \"na1\nx", "run/na1/vaultd.hcl:1: "},
	    {"hublet = \"na1\"\ntrust_domain = \"NA1\"\n",
		"run/na1/vaultd.hcl:2: trust_domain must be a SPIFFE trust domain, as "
		"\"na1.example\": "},
	    {"hublet = \"na1\"\ntrust_domain = \"na1.example\"\noperators = [\"alice\"]\n",
		"run/na1/vaultd.hcl:3: operators must be a list of SPIFFE IDs, as "
		"[\"spiffe://na1.example/operator/alice\"]: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		assert_null(parse(cases[i].text, &err));
		assert_memory_equal(err.text, cases[i].begins, strlen(cases[i].begins));
		assert_true(strlen(err.text) > strlen(cases[i].begins));
	}
}

static void
test_reference_page(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	config_describe(&out);
	buf_put_u8(&out, '\0');
	assert_non_null(strstr((char *)out.data, "limits:\n"));
	assert_non_null(strstr((char *)out.data, "It is a size from 1k to 32m; left out: 2m."));
	assert_non_null(
	    strstr((char *)out.data, "It is \"batch\" or \"always\"; left out: batch."));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_everything_set),
	    cmocka_unit_test(test_complaints),
	    cmocka_unit_test(test_complaints_of_others),
	    cmocka_unit_test(test_reference_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
