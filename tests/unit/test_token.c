/*
 * A token opens in the vault that made it, unchanged, and nowhere else.
 */
#include "tests/unit/known_vault.h"

#include "keys/token.h"

static bool
opens(const struct vault *v, struct str token)
{
	struct buf claims = BUF_INIT;
	struct error err = ERROR_INIT;
	bool opened = token_open(v->k, &v->h, token, &claims, &err) == 0;

	assert_int_equal(err.code, opened ? ERR_NONE : ERR_DENIED);
	assert_true(str_is(buf_str(&claims), opened ? "claims" : ""));
	buf_free(&claims);
	return opened;
}

/* A token of this format, made by another implementation. */
static void
test_known_bytes(void **state)
{
	char accessor[TOKEN_ACCESSOR + 1];
	struct buf out = BUF_INIT;
	struct vault v;

	(void)state;
	open_known(&v);
	assert_true(opens(&v, str_of(KNOWN_TOKEN)));
	pin(KNOWN_NONCE);
	token_seal(v.k, &v.h, str_of("claims"), &out);
	unpin();
	assert_true(str_is(buf_str(&out), KNOWN_TOKEN));
	token_accessor(v.k, str_of(KNOWN_TOKEN), accessor);
	assert_string_equal(accessor, KNOWN_ACCESSOR);
	buf_free(&out);
	discard(&v);
}

static void
test_refuses_changed_tokens(void **state)
{
	static const char *const others[] = {
	    "", "hvs.", "hvs", "hvs.A", "hvs.AA", "hvs.AQ", "s.AQ", "hvs.AQ==", "hvs.CAESIJ"};
	struct buf token = BUF_INIT;
	struct vault v;

	(void)state;
	open_known(&v);
	token_seal(v.k, &v.h, str_of("claims"), &token);
	assert_true(opens(&v, buf_str(&token)));
	for (size_t i = 0; i < token.len; i++) {
		uint8_t kept = token.data[i];

		assert_false(opens(&v, (struct str){(char *)token.data, i}));
		token.data[i] = kept == 'A' ? 'B' : 'A';
		assert_false(opens(&v, buf_str(&token)));
		token.data[i] = 0;
		assert_false(opens(&v, buf_str(&token)));
		token.data[i] = kept;
	}
	buf_put_text(&token, "A");
	assert_false(opens(&v, buf_str(&token)));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(opens(&v, str_of(others[i])));
	buf_free(&token);
	discard(&v);
}

static void
test_refused_elsewhere(void **state)
{
	struct vault v;

	(void)state;
	open_known(&v);
	v.h.vault_id[0] ^= 1;
	assert_false(opens(&v, str_of(KNOWN_TOKEN)));
	v.h.vault_id[0] ^= 1;
	assert_true(opens(&v, str_of(KNOWN_TOKEN)));
	keyring_add_term(v.k, 0);
	assert_int_equal(keyring_retire_term(v.k, 1, NULL), 0);
	assert_true(opens(&v, str_of(KNOWN_TOKEN)));
	keyring_free(&v.k);
	v.k = keyring_new();
	assert_false(opens(&v, str_of(KNOWN_TOKEN)));
	discard(&v);
}

static void
test_accessors(void **state)
{
	char accessor[TOKEN_ACCESSOR + 1], again[TOKEN_ACCESSOR + 1], other[TOKEN_ACCESSOR + 1];
	struct vault v;

	(void)state;
	open_known(&v);
	token_accessor(v.k, str_of("hvs.one"), accessor);
	token_accessor(v.k, str_of("hvs.one"), again);
	token_accessor(v.k, str_of("hvs.onf"), other);
	assert_string_equal(accessor, again);
	assert_string_not_equal(accessor, other);
	assert_int_equal(strlen(accessor), TOKEN_ACCESSOR);
	for (size_t i = 0; i < TOKEN_ACCESSOR; i++)
		assert_true((accessor[i] >= '0' && accessor[i] <= '9') ||
			    (accessor[i] >= 'A' && accessor[i] <= 'Z') ||
			    (accessor[i] >= 'a' && accessor[i] <= 'z'));
	keyring_free(&v.k);
	v.k = keyring_new();
	token_accessor(v.k, str_of("hvs.one"), other);
	assert_string_not_equal(accessor, other);
	discard(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_bytes),
	    cmocka_unit_test(test_refuses_changed_tokens),
	    cmocka_unit_test(test_refused_elsewhere),
	    cmocka_unit_test(test_accessors),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
