/*
 * A sealed share opens with the private half it was sealed to, whole, and with no other.
 */
#include "tests/unit/vectors.h"

#include "keys/sharebox.h"

/* RFC 7748, 6.1: Bob's. */
#define PRIVATE "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
#define PUBLIC "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
/* Sealed to it with the ephemeral key 00 01 .. 1f, by an implementation of its own in Python.
 */
#define SHARE "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60"
#define SEALED \
	"8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f" \
	"c4cde60c92b524b50b096550f1487c5695157cddbade952cacf8089528f24790c38d7bbbc3b2b33da879" \
	"f24907b99e29eb"

static int
opens(const struct secret *key, struct str sealed)
{
	struct error err = ERROR_INIT;
	struct secret *share = sharebox_open(key, sealed, &err);
	int opened = share != NULL;

	assert_int_equal(err.code, opened ? ERR_NONE : ERR_FOREIGN);
	if (opened)
		assert_secret(share, SHARE);
	secret_free(&share);
	return opened;
}

static void
test_known_answers(void **state)
{
	struct secret *key = secret_of(PRIVATE);
	struct buf sealed = bytes_of(SEALED), put = BUF_INIT;
	uint8_t public_key[SHAREBOX_PUBLIC];

	(void)state;
	sharebox_public(key, public_key);
	assert_bytes((struct str){(char *)public_key, sizeof public_key}, PUBLIC);
	assert_true(opens(key, buf_str(&sealed)));
	sharebox_put(key, &put);
	assert_bytes(buf_str(&put), PRIVATE);
	buf_free(&sealed), buf_free(&put);
	secret_free(&key);
}

static void
test_new_keys_differ(void **state)
{
	struct secret *one = sharebox_new(), *other = sharebox_new();

	(void)state;
	assert_false(secret_equal(one, other));
	pin(PRIVATE);
	secret_free(&one);
	one = sharebox_new();
	unpin();
	assert_secret(one, PRIVATE);
	secret_free(&one), secret_free(&other);
}

static void
test_opens_what_was_sealed_to_it(void **state)
{
	struct secret *key = sharebox_new(), *other = sharebox_new();
	struct secret *share = secret_of(SHARE);
	uint8_t public_key[SHAREBOX_PUBLIC];
	struct buf sealed = BUF_INIT, again = BUF_INIT;

	(void)state;
	sharebox_public(key, public_key);
	assert_int_equal(sharebox_seal(public_key, share, &sealed, NULL), 0);
	assert_int_equal(sealed.len, 33 + SHAREBOX_OVERHEAD);
	assert_int_equal(sharebox_seal(public_key, share, &again, NULL), 0);
	assert_false(str_equal(buf_str(&sealed), buf_str(&again)));
	assert_true(opens(key, buf_str(&sealed)));
	assert_true(opens(key, buf_str(&again)));
	assert_false(opens(other, buf_str(&sealed)));
	buf_free(&sealed), buf_free(&again);
	secret_free(&key), secret_free(&other), secret_free(&share);
}

static void
test_refuses_other_bytes(void **state)
{
	struct secret *key = secret_of(PRIVATE);
	struct buf sealed = bytes_of(SEALED);

	(void)state;
	for (size_t i = 0; i < sealed.len; i++) {
		assert_false(opens(key, (struct str){(char *)sealed.data, i}));
		sealed.data[i] ^= 1;
		assert_false(opens(key, buf_str(&sealed)));
		sealed.data[i] ^= 1;
	}
	assert_true(opens(key, buf_str(&sealed)));
	buf_put_u8(&sealed, 0);
	assert_false(opens(key, buf_str(&sealed)));
	buf_free(&sealed);
	secret_free(&key);
}

static void
test_seals_to_no_point_of_low_order(void **state)
{
	static const uint8_t points[][SHAREBOX_PUBLIC] = {{0}, {1}};
	struct secret *share = secret_of(SHARE);

	(void)state;
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		struct error err = ERROR_INIT;
		struct buf sealed = BUF_INIT;

		assert_int_equal(sharebox_seal(points[i], share, &sealed, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_int_equal(sealed.len, 0);
		buf_free(&sealed);
	}
	secret_free(&share);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_answers),
	    cmocka_unit_test(test_new_keys_differ),
	    cmocka_unit_test(test_opens_what_was_sealed_to_it),
	    cmocka_unit_test(test_refuses_other_bytes),
	    cmocka_unit_test(test_seals_to_no_point_of_low_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
