/*
 * Values are drawn by their rules, evenly, never twice the same; a rule that is none is
 * refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/pem.h>

#include "vaultd/keeper/generate.h"

static struct arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new((size_t)4 << 20, 0, NULL);
	return arena == NULL;
}

static int
end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct json *
tree(struct str text)
{
	struct str copy = arena_copy(arena, text);

	return json_parse(arena, copy, &json_limits_body, NULL);
}

static const struct json *
draw(const char *rules)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	struct generate g;
	const struct json *drawn;

	if (generate_parse(tree(str_of(rules)), &g, &err) != 0)
		fail_msg("%s: %s", rules, err.text);
	generate_draw(&g, &out);
	drawn = tree(buf_str(&out));
	assert_non_null(drawn);
	buf_free(&out);
	return drawn;
}

static const struct {
	const char *rule;
	size_t length;
	const char *alphabet, *each[4]; /* NULL: no more */
} passwords[] = {
    {"{}", 24, "a-z A-Z 0-9",
	{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"}},
    {"{\"length\":8,\"classes\":[\"digit\"]}", 8, "0-9", {"0123456789"}},
    {"{\"length\":256,\"classes\":[\"lower\",\"symbol\"],\"symbols\":\"!?\"}", 256, "a-z !?",
	{"abcdefghijklmnopqrstuvwxyz", "!?"}},
    {"{\"length\":12,\"symbols\":\"-\"}", 12, "and a dash", {"-", "0123456789"}},
};

static void
passwords_follow_their_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(passwords) / sizeof(*passwords); i++)
		for (unsigned n = 0; n < 50; n++) {
			char rules[256];
			const char *comma = passwords[i].rule[1] == '}' ? "" : ",";
			const struct json *drawn;

			snprintf(rules, sizeof(rules), "{\"p\":{\"type\":\"password\"%s%s}",
			    comma, passwords[i].rule + 1);
			drawn = json_find(draw(rules), "p");
			assert_int_equal(drawn->text.len, passwords[i].length);
			for (unsigned k = 0; k < 4 && passwords[i].each[k] != NULL; k++) {
				bool has = false;

				for (size_t at = 0; at < drawn->text.len; at++)
					has |= strchr(passwords[i].each[k],
						   drawn->text.at[at]) != NULL;
				assert_true(has);
			}
			arena_reset(arena);
		}
}

/* Every digit about as often: 25 600 of them, each 2 560 give or take six deviations. */
static void
draws_are_even(void **state)
{
	unsigned seen[10] = {0};

	(void)state;
	for (unsigned n = 0; n < 100; n++) {
		const struct json *p =
		    json_find(draw("{\"p\":{\"type\":\"password\",\"length\":256,"
				   "\"classes\":[\"digit\"]}}"),
			"p");

		for (size_t i = 0; i < p->text.len; i++)
			seen[p->text.at[i] - '0']++;
		arena_reset(arena);
	}
	for (unsigned d = 0; d < 10; d++)
		assert_in_range(seen[d], 2560 - 290, 2560 + 290);
}

static void
bytes_have_their_length(void **state)
{
	const struct json *a, *b;

	(void)state;
	a = draw("{\"h\":{\"type\":\"hex\",\"bytes\":16},\"b\":{\"type\":\"base64\"},\"u\":{"
		 "\"type\":\"uuid\"}}");
	b = draw("{\"h\":{\"type\":\"hex\",\"bytes\":16},\"b\":{\"type\":\"base64\"},\"u\":{"
		 "\"type\":\"uuid\"}}");
	assert_int_equal(json_find(a, "h")->text.len, 32);
	assert_int_equal(json_find(a, "b")->text.len, 44);
	assert_int_equal(json_find(a, "u")->text.len, 36);
	assert_false(str_equal(json_find(a, "h")->text, json_find(b, "h")->text));
	assert_false(str_equal(json_find(a, "u")->text, json_find(b, "u")->text));
}

/* The two halves of a pair belong together. */
static void
pairs_are_pairs(void **state)
{
	static const char *const types[] = {
	    "ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		char rules[96];
		const struct json *drawn, *secret, *public;
		EVP_PKEY *one, *two;
		BIO *bio;

		snprintf(rules, sizeof(rules), "{\"k\":{\"type\":\"%s\",\"public\":\"pub\"}}",
		    types[i]);
		drawn = draw(rules);
		secret = json_find(drawn, "k");
		public = json_find(drawn, "pub");
		bio = BIO_new_mem_buf(secret->text.at, (int)secret->text.len);
		one = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		BIO_free(bio);
		bio = BIO_new_mem_buf(public->text.at, (int)public->text.len);
		two = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
		BIO_free(bio);
		assert_true(one != NULL && two != NULL);
		assert_int_equal(EVP_PKEY_eq(one, two), 1);
		EVP_PKEY_free(one);
		EVP_PKEY_free(two);
	}
}

static void
ssh_keygen_reads_pairs(void **state)
{
	static const char *const types[] = {
	    "ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048"};

	(void)state;
	if (system("command -v ssh-keygen >/dev/null") != 0)
		skip();
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		char rules[96], path[] = "/tmp/vaultd-pair-XXXXXX", command[128],
				line[2048] = "";
		const struct json *drawn, *secret, *public;
		FILE *out;
		int fd = mkstemp(path);

		snprintf(rules, sizeof(rules),
		    "{\"k\":{\"type\":\"%s\",\"format\":\"openssh\"}}", types[i]);
		drawn = draw(rules);
		secret = json_find(drawn, "k");
		public = json_find(drawn, "k_public");
		assert_int_equal(
		    write(fd, secret->text.at, secret->text.len), secret->text.len);
		close(fd);
		snprintf(command, sizeof(command), "ssh-keygen -y -f %s", path);
		out = popen(command, "r");
		assert_non_null(fgets(line, sizeof(line), out));
		assert_int_equal(pclose(out), 0);
		unlink(path);
		assert_int_equal(strncmp(line, public->text.at, public->text.len), 0);
	}
}

static void
what_is_no_rule_is_refused(void **state)
{
	static const char *const rules[] = {"{}", "[]", "1", "{\"p\":1}", "{\"p\":{}}",
	    "{\"p\":{\"type\":\"pin\"}}", "{\"p\":{\"type\":[\"hex\"]}}",
	    "{\"\":{\"type\":\"hex\"}}", "{\"p\":{\"type\":\"password\",\"length\":7}}",
	    "{\"p\":{\"type\":\"password\",\"length\":257}}",
	    "{\"p\":{\"type\":\"password\",\"length\":\"many\"}}",
	    "{\"p\":{\"type\":\"password\",\"bytes\":20}}",
	    "{\"p\":{\"type\":\"password\",\"classes\":[]}}",
	    "{\"p\":{\"type\":\"password\",\"classes\":\"lower\"}}",
	    "{\"p\":{\"type\":\"password\",\"classes\":[\"vowel\"]}}",
	    "{\"p\":{\"type\":\"password\",\"symbols\":\"\"}}",
	    "{\"p\":{\"type\":\"password\",\"symbols\":\"--\"}}",
	    "{\"p\":{\"type\":\"password\",\"symbols\":\"-a\"}}",
	    "{\"p\":{\"type\":\"password\",\"symbols\":\"\\n\"}}",
	    "{\"p\":{\"type\":\"hex\",\"bytes\":7}}",
	    "{\"p\":{\"type\":\"hex\",\"bytes\":257}}",
	    "{\"p\":{\"type\":\"uuid\",\"bytes\":16}}", "{\"p\":{\"type\":\"rsa-1024\"}}",
	    "{\"p\":{\"type\":\"aes256-gcm96\"}}", "{\"p\":{\"type\":\"hmac\"}}",
	    "{\"p\":{\"type\":\"ed25519\",\"format\":\"der\"}}",
	    "{\"p\":{\"type\":\"ed25519\",\"public\":\"\"}}",
	    "{\"p\":{\"type\":\"ed25519\",\"public\":\"p\"}}",
	    "{\"p\":{\"type\":\"ed25519\"},\"p_public\":{\"type\":\"uuid\"}}",
	    "{\"p\":{\"type\":\"ed25519\",\"public\":\"x\"},\"q\":{\"type\":\"ed25519\","
	    "\"public\":\"x\"}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		struct error err = ERROR_INIT;
		struct generate g;

		if (generate_parse(tree(str_of(rules[i])), &g, &err) == 0)
			fail_msg("%s was taken", rules[i]);
		assert_int_equal(err.code, ERR_INVALID);
		arena_reset(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(passwords_follow_their_rule),
	    cmocka_unit_test(draws_are_even),
	    cmocka_unit_test(bytes_have_their_length),
	    cmocka_unit_test(pairs_are_pairs),
	    cmocka_unit_test(ssh_keygen_reads_pairs),
	    cmocka_unit_test(what_is_no_rule_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
