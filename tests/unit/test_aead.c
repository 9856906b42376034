/*
 * What was wrapped opens with the same key and associated data, and with no others.
 */
#include "tests/unit/vectors.h"

#include "keys/aead.h"

#define KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"

static void
wycheproof_case(char *const *field, int valid)
{
	struct secret *key = secret_of(field[2]);
	struct buf ad = bytes_of(field[4]), text = bytes_of(field[5]), wrapped = BUF_INIT;
	struct buf out = BUF_INIT;

	for (int i = 0; i < 3; i++) {
		static const int parts[] = {3, 6, 7};
		struct buf part = bytes_of(field[parts[i]]);

		buf_put(&wrapped, part.data, part.len);
		buf_free(&part);
	}
	assert_int_equal(
	    aead_unwrap(key, ad.data, ad.len, wrapped.data, wrapped.len, &out, NULL) == 0,
	    valid);
	assert_int_equal(out.len, valid ? text.len : 0);
	if (valid) {
		assert_true(str_equal(buf_str(&out), buf_str(&text)));
		buf_clear(&out);
		pin(field[3]);
		aead_wrap(key, ad.data, ad.len, text.data, text.len, &out);
		unpin();
		assert_true(str_equal(buf_str(&out), buf_str(&wrapped)));
	}
	buf_free(&ad), buf_free(&text), buf_free(&wrapped), buf_free(&out);
	secret_free(&key);
}

/* Its first case is the vector of draft-irtf-cfrg-xchacha-03, A.3.1. */
static void
test_published_vectors(void **state)
{
	(void)state;
	assert_int_equal(
	    each_vector("tests/data/wycheproof/xchacha20_poly1305.txt", 8, wycheproof_case),
	    306);
}

static int
opens(const struct secret *key, const char *ad, struct str wrapped)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	int rc = 0;

	buf_put_text(&out, "before");
	rc = aead_unwrap(key, ad, strlen(ad), wrapped.at, wrapped.len, &out, &err);
	assert_true(str_is(buf_str(&out), rc == 0 ? "beforetext" : "before"));
	assert_int_equal(err.code, rc == 0 ? ERR_NONE : ERR_CORRUPT);
	buf_free(&out);
	return rc == 0;
}

static void
test_refuses_other_bytes(void **state)
{
	struct secret *key = secret_of(KEY), *other = secret_random(AEAD_KEY);
	struct buf wrapped = BUF_INIT;

	(void)state;
	aead_wrap(key, "ad", 2, "text", 4, &wrapped);
	assert_true(opens(key, "ad", buf_str(&wrapped)));
	assert_false(opens(key, "", buf_str(&wrapped)));
	assert_false(opens(key, "ae", buf_str(&wrapped)));
	assert_false(opens(other, "ad", buf_str(&wrapped)));
	for (size_t i = 0; i < wrapped.len; i++) {
		assert_false(opens(key, "ad", (struct str){(char *)wrapped.data, i}));
		wrapped.data[i] ^= 1;
		assert_false(opens(key, "ad", buf_str(&wrapped)));
		wrapped.data[i] ^= 1;
	}
	buf_free(&wrapped);
	secret_free(&key), secret_free(&other);
}

static void
test_nonces_are_fresh(void **state)
{
	struct secret *key = secret_of(KEY);
	struct buf wrapped = BUF_INIT;

	(void)state;
	aead_wrap(key, "", 0, "text", 4, &wrapped);
	aead_wrap(key, "", 0, "text", 4, &wrapped);
	assert_int_equal(wrapped.len, 2 * (4 + AEAD_OVERHEAD));
	assert_memory_not_equal(wrapped.data, wrapped.data + wrapped.len / 2, AEAD_NONCE);
	buf_free(&wrapped);
	secret_free(&key);
}

static void
test_secrets(void **state)
{
	struct secret *key = secret_of(KEY), *text = secret_random(32), *back = NULL;
	struct error err = ERROR_INIT;
	struct buf wrapped = BUF_INIT;

	(void)state;
	aead_wrap_secret(key, "ad", 2, text, &wrapped);
	assert_int_equal(wrapped.len, 32 + AEAD_OVERHEAD);
	back = aead_unwrap_secret(key, "ad", 2, wrapped.data, wrapped.len, &err);
	assert_true(secret_equal(back, text));
	assert_null(aead_unwrap_secret(key, "ae", 2, wrapped.data, wrapped.len, &err));
	assert_int_equal(err.code, ERR_CORRUPT);
	for (size_t i = 0; i < wrapped.len; i++)
		assert_null(aead_unwrap_secret(key, "ad", 2, wrapped.data, i, NULL));
	buf_free(&wrapped);
	secret_free(&key), secret_free(&text), secret_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published_vectors),
	    cmocka_unit_test(test_refuses_other_bytes),
	    cmocka_unit_test(test_nonces_are_fresh),
	    cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests_name("aead", tests, NULL, NULL);
}
