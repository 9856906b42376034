/*
 * The keyring opens with its master key, in its own vault, and gives each term its own key.
 */
#include "tests/unit/vectors.h"

#include "keys/ad.h"
#include "keys/aead.h"
#include "keys/keyring.h"
#include "tests/unit/known.h"

static void
header_known(struct header *h)
{
	struct buf bytes = bytes_of(KNOWN_HEADER);

	assert_int_equal(header_parse(h, buf_str(&bytes), NULL), 0);
	buf_free(&bytes);
}

/* A keyring of this format, made by another implementation, is read and written. */
static void
test_known_bytes(void **state)
{
	struct secret *master = secret_of(KNOWN_MASTER);
	struct buf bytes = bytes_of(KNOWN_KEYRING), out = BUF_INIT;
	struct keyring *k = NULL;
	struct header h;

	(void)state;
	header_known(&h);
	k = keyring_unwrap(master, &h, buf_str(&bytes), NULL);
	assert_non_null(k);
	assert_int_equal(keyring_newest(k), 3);
	assert_secret(keyring_term(k, 1), KNOWN_TERM_1);
	assert_null(keyring_term(k, 2));
	assert_secret(keyring_term(k, 3), KNOWN_TERM_3);
	assert_int_equal(keyring_installed(k, 1), 1001);
	assert_int_equal(keyring_installed(k, 3), 1003);
	assert_secret(keyring_key(k, KEYRING_INDEX), KNOWN_INDEX_KEY);
	assert_secret(keyring_key(k, KEYRING_SUM), KNOWN_SUM_KEY);
	assert_secret(keyring_key(k, KEYRING_AUDIT), KNOWN_AUDIT_KEY);
	assert_secret(keyring_key(k, KEYRING_TOKEN), KNOWN_TOKEN_KEY);
	assert_secret(keyring_key(k, KEYRING_NAMED), KNOWN_NAMED_KEY);
	assert_secret(keyring_key(k, KEYRING_ATTEST), KNOWN_ATTEST_KEY);
	pin(KNOWN_NONCE);
	keyring_wrap(k, master, &h, &out);
	unpin();
	assert_bytes(buf_str(&out), KNOWN_KEYRING);
	keyring_free(&k);
	buf_free(&bytes), buf_free(&out);
	secret_free(&master);
	header_clear(&h);
}

static void
test_keys_differ(void **state)
{
	struct keyring *k = keyring_new(), *other = keyring_new();
	const struct secret *keys[2 * (KEYRING_KEYS + 1)];
	unsigned n = 0;

	(void)state;
	keys[n++] = keyring_term(k, 1);
	keys[n++] = keyring_term(other, 1);
	for (enum keyring_key i = 0; i < KEYRING_KEYS; i++) {
		keys[n++] = keyring_key(k, i);
		keys[n++] = keyring_key(other, i);
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < i; j++)
			assert_false(secret_equal(keys[i], keys[j]));
	keyring_free(&k), keyring_free(&other);
	keyring_free(&k);
}

static void
test_terms(void **state)
{
	struct secret *master = secret_random(MASTER_KEY);
	struct keyring *k = keyring_new(), *back = NULL;
	struct buf wrapped = BUF_INIT;
	struct error err = ERROR_INIT;
	struct header h;

	(void)state;
	header_known(&h);
	assert_true(keyring_installed(k, 1) > 0);
	for (uint32_t term = 2; term <= 300; term++)
		assert_int_equal(keyring_add_term(k, term * CLOCK_SECOND), term);
	for (uint32_t term = 1; term < 300; term += 2)
		assert_int_equal(keyring_retire_term(k, term, NULL), 0);
	keyring_wrap(k, master, &h, &wrapped);
	back = keyring_unwrap(master, &h, buf_str(&wrapped), NULL);
	assert_int_equal(keyring_newest(back), 300);
	for (uint32_t term = 2; term <= 300; term += 2) {
		assert_true(secret_equal(keyring_term(back, term), keyring_term(k, term)));
		assert_int_equal(keyring_installed(back, term), term * CLOCK_SECOND);
		assert_null(keyring_term(back, term - 1));
	}
	assert_null(keyring_term(back, 0));
	assert_null(keyring_term(back, 301));
	assert_int_equal(keyring_retire_term(back, 3, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	error_clear(&err);
	assert_int_equal(keyring_retire_term(back, 300, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(keyring_term(back, 300));
	keyring_free(&k), keyring_free(&back);
	buf_free(&wrapped);
	secret_free(&master);
	header_clear(&h);
}

/* A term that could not be stored is as if it had never been. */
static void
test_drop_newest(void **state)
{
	struct keyring *k = keyring_new();

	(void)state;
	assert_int_equal(keyring_add_term(k, 2 * CLOCK_SECOND), 2);
	keyring_drop_newest(k);
	assert_int_equal(keyring_newest(k), 1);
	assert_null(keyring_term(k, 2));
	assert_int_equal(keyring_add_term(k, 3 * CLOCK_SECOND), 2);
	assert_int_equal(keyring_installed(k, 2), 3 * CLOCK_SECOND);
	assert_false(secret_equal(keyring_term(k, 2), keyring_term(k, 1)));
	keyring_free(&k);
}

static enum error_code
unwrap_code(const struct secret *master, const struct header *h, struct str bytes)
{
	struct error err = ERROR_INIT;
	struct keyring *k = keyring_unwrap(master, h, bytes, &err);

	assert_int_equal(k == NULL, err.code != ERR_NONE);
	keyring_free(&k);
	return err.code;
}

static void
test_refuses_damage(void **state)
{
	struct secret *master = secret_of(KNOWN_MASTER), *other = secret_random(MASTER_KEY);
	struct buf bytes = bytes_of(KNOWN_KEYRING);
	struct header h;

	(void)state;
	header_known(&h);
	assert_int_equal(unwrap_code(master, &h, buf_str(&bytes)), ERR_NONE);
	assert_int_equal(unwrap_code(other, &h, buf_str(&bytes)), ERR_CORRUPT);
	for (size_t i = 0; i < bytes.len; i++) {
		enum error_code want = i == 2 ? ERR_UNSUPPORTED : ERR_CORRUPT;

		assert_int_equal(
		    unwrap_code(master, &h, (struct str){(char *)bytes.data, i}), ERR_CORRUPT);
		bytes.data[i] ^= 0x80;
		assert_int_equal(unwrap_code(master, &h, buf_str(&bytes)), want);
		bytes.data[i] ^= 0x80;
	}
	buf_free(&bytes);
	secret_free(&master), secret_free(&other);
	header_clear(&h);
}

static void
test_does_not_move(void **state)
{
	struct secret *master = secret_of(KNOWN_MASTER);
	struct buf bytes = bytes_of(KNOWN_KEYRING);
	struct header h;

	(void)state;
	header_known(&h);
	h.vault_id[15] ^= 1;
	assert_int_equal(unwrap_code(master, &h, buf_str(&bytes)), ERR_CORRUPT);
	h.vault_id[15] ^= 1;
	h.hublet[2] = '2';
	assert_int_equal(unwrap_code(master, &h, buf_str(&bytes)), ERR_CORRUPT);
	h.hublet[2] = '1';
	assert_int_equal(unwrap_code(master, &h, buf_str(&bytes)), ERR_NONE);
	buf_free(&bytes);
	secret_free(&master);
	header_clear(&h);
}

/* Texts that only a holder of the master key could have wrapped, and that make no keyring. */
static void
test_refuses_odd_texts(void **state)
{
	enum { TERM = 4 + 8 + 32, OWN = KEYRING_KEPT * 32 };
	static const struct {
		uint32_t count, numbers[2];
		size_t len; /* of the text behind the count */
		enum error_code code;
	} cases[] = {{2, {1, 3}, 2 * TERM + OWN, ERR_NONE}, {1, {7, 0}, TERM + OWN, ERR_NONE},
	    {0, {0, 0}, OWN, ERR_CORRUPT}, {1, {0, 0}, TERM + OWN, ERR_CORRUPT},
	    {2, {3, 1}, 2 * TERM + OWN, ERR_CORRUPT}, {2, {3, 3}, 2 * TERM + OWN, ERR_CORRUPT},
	    {2, {1, 3}, 2 * TERM + OWN + 1, ERR_CORRUPT},
	    {2, {1, 3}, 2 * TERM + OWN - 1, ERR_CORRUPT}, {3, {1, 3}, 2 * TERM, ERR_CORRUPT},
	    {UINT32_MAX, {1, 3}, 2 * TERM + OWN, ERR_CORRUPT}, {1, {1, 0}, 3, ERR_CORRUPT}};
	struct secret *master = secret_of(KNOWN_MASTER);
	struct header h;
	struct ad ad;

	(void)state;
	header_known(&h);
	ad_start(&ad, "vaultd keyring 1");
	ad_put(&ad, h.vault_id, VAULT_ID);
	ad_put(&ad, h.hublet, strlen(h.hublet));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = BUF_INIT, wrapped = BUF_INIT;

		buf_put_u32(&text, cases[i].count);
		memset(buf_reserve(&text, 512), 0, 512);
		text.len += cases[i].len;
		text.data[7] = (uint8_t)cases[i].numbers[0];
		text.data[7 + TERM] = (uint8_t)cases[i].numbers[1];
		buf_put(&wrapped, "VK\1", 3);
		aead_wrap(master, ad.bytes, ad.len, text.data, text.len, &wrapped);
		assert_int_equal(unwrap_code(master, &h, buf_str(&wrapped)), cases[i].code);
		buf_free(&text), buf_free(&wrapped);
	}
	secret_free(&master);
	header_clear(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_bytes),
	    cmocka_unit_test(test_keys_differ),
	    cmocka_unit_test(test_terms),
	    cmocka_unit_test(test_drop_newest),
	    cmocka_unit_test(test_refuses_damage),
	    cmocka_unit_test(test_does_not_move),
	    cmocka_unit_test(test_refuses_odd_texts),
	};

	return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
