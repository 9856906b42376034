/*
 * Texts of the form vault:vN:base64 are read in one way, and refused in the reference's words.
 */
#include "tests/unit/vectors.h"

#include "keys/vault_text.h"

static const struct vault_text_range range = {2, 300};

static const struct {
	enum vault_text_kind kind;
	const char *text, *sentence;
} refused[] = {
    {VAULT_CIPHERTEXT, "", "invalid ciphertext: no prefix"},
    {VAULT_CIPHERTEXT, "x", "invalid ciphertext: no prefix"},
    {VAULT_CIPHERTEXT, "vault:", "invalid ciphertext: no prefix"},
    {VAULT_CIPHERTEXT, "VAULT:v2:AAAA", "invalid ciphertext: no prefix"},
    {VAULT_CIPHERTEXT, "vault:v2", "invalid ciphertext: wrong number of fields"},
    {VAULT_CIPHERTEXT, "vault:v", "invalid ciphertext: wrong number of fields"},
    {VAULT_CIPHERTEXT, "vault:vx:AAAA",
	"invalid ciphertext: version number could not be decoded"},
    {VAULT_CIPHERTEXT, "vault:v:AAAA",
	"invalid ciphertext: version number could not be decoded"},
    {VAULT_CIPHERTEXT, "vault:v-:AAAA",
	"invalid ciphertext: version number could not be decoded"},
    {VAULT_CIPHERTEXT, "vault:v2 :AAAA",
	"invalid ciphertext: version number could not be decoded"},
    {VAULT_CIPHERTEXT, "vault:v99999999999999999999999:AAAA",
	"invalid ciphertext: version number could not be decoded"},
    {VAULT_CIPHERTEXT, "vault:v301:AAAA", "invalid ciphertext: version is too new"},
    {VAULT_CIPHERTEXT, "vault:v4294967298:AAAA",
	"invalid ciphertext: version is too new"},
    {VAULT_CIPHERTEXT, "vault:v-2:AAAA",
	"ciphertext or signature version is disallowed by policy (too old)"},
    {VAULT_CIPHERTEXT, "vault:v1:AAAA",
	"ciphertext or signature version is disallowed by policy (too old)"},
    {VAULT_CIPHERTEXT, "vault:v2:***", "invalid ciphertext: could not decode base64"},
    {VAULT_CIPHERTEXT, "vault:v2:AAAA:BBBB",
	"invalid ciphertext: could not decode base64"},
    {VAULT_SIGNATURE, "x", "invalid signature: no prefix"},
    {VAULT_SIGNATURE, "vault:v2", "invalid signature: wrong number of fields"},
    {VAULT_SIGNATURE,
	"vault:v:", "invalid signature: version number could not be decoded"},
    {VAULT_SIGNATURE, "vault:v301:", "invalid signature: version is too new"},
    {VAULT_SIGNATURE, "vault:v1:",
	"ciphertext or signature version is disallowed by policy (too old)"},
    {VAULT_SIGNATURE, "vault:v2:_", "invalid base64 signature value"},
    {VAULT_HMAC, "nonsense", "invalid HMAC to verify: no prefix"},
    {VAULT_HMAC, "vault:v2", "invalid HMAC: wrong number of fields"},
    {VAULT_HMAC, "vault:v:", "invalid HMAC: version number could not be decoded"},
    {VAULT_HMAC, "vault:v301:", "invalid HMAC: version is too new"},
    {VAULT_HMAC,
	"vault:v0:", "cannot verify HMAC: version is too old (disallowed by policy)"},
    {VAULT_HMAC, "vault:v2:_", "invalid base64 HMAC value"},
};

static void
test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT;
		struct str payload;
		uint32_t version = 0;

		assert_true(
		    vault_text_parse(refused[i].kind, str_of(refused[i].text), &range, &version,
			&payload, &err) != 0 ||
		    vault_text_decode(refused[i].kind, BASE64_STD, payload, &out, &err) != 0);
		assert_int_equal(err.code, ERR_INVALID);
		assert_string_equal(err.text, refused[i].sentence);
		buf_free(&out);
		assert_int_equal(out.len, 0);
	}
}

static void
test_reads_what_it_wrote(void **state)
{
	static const struct {
		const char *text;
		uint32_t version;
	} cases[] = {{"vault:v300:+/+/", 300}, {"vault:v2:", 2}, {"vault:v+3:AAAA", 3},
	    {"vault:v02:AAAA", 2}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf bytes = BUF_INIT, text = BUF_INIT;
		struct str payload;
		uint32_t version = 0;

		assert_int_equal(vault_text_parse(VAULT_CIPHERTEXT, str_of(cases[i].text),
				     &range, &version, &payload, NULL),
		    0);
		assert_int_equal(version, cases[i].version);
		assert_int_equal(
		    vault_text_decode(VAULT_CIPHERTEXT, BASE64_STD, payload, &bytes, NULL), 0);
		vault_text_format(&text, version, BASE64_STD, bytes.data, bytes.len);
		if (i < 2)
			assert_true(str_is(buf_str(&text), cases[i].text));
		buf_free(&bytes), buf_free(&text);
	}
}

/* The first keys were numbered from 0. */
static void
test_version_0_of_a_ciphertext_is_1(void **state)
{
	static const struct vault_text_range all = {1, 1};
	struct str payload;
	uint32_t version = 0;

	(void)state;
	assert_int_equal(vault_text_parse(VAULT_CIPHERTEXT, str_of("vault:v0:AAAA"), &all,
			     &version, &payload, NULL),
	    0);
	assert_int_equal(version, 1);
	assert_int_equal(vault_text_parse(VAULT_SIGNATURE, str_of("vault:v0:AAAA"), &all,
			     &version, &payload, NULL),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_reads_what_it_wrote),
	    cmocka_unit_test(test_version_0_of_a_ciphertext_is_1),
	};

	return cmocka_run_group_tests_name("vault text", tests, NULL, NULL);
}
