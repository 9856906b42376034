/*
 * A vault's header is read as written or refused; its keyslots open with enough of their own
 * shares, and every other share is named as no share of this vault.
 */
#include "tests/unit/vectors.h"

#include <sodium.h>

#include "keys/header.h"
#include "keys/shamir.h"
#include "tests/unit/known.h"

#define N 5
#define T 3

struct vault {
	struct header h;
	struct secret *master, *kek, *shares[N];
};

static void
make(struct vault *v, const char *hublet)
{
	v->master = secret_random(MASTER_KEY);
	assert_int_equal(header_new(&v->h, hublet, NULL), 0);
	assert_int_equal(
	    header_add_shamir(&v->h, v->master, N, T, v->shares, &v->kek, NULL), 0);
}

static void
discard(struct vault *v)
{
	for (unsigned i = 0; i < N; i++)
		secret_free(&v->shares[i]);
	secret_free(&v->master), secret_free(&v->kek);
	header_clear(&v->h);
}

/* Whether the shares open a slot to this master key; what does not open is ERR_INVALID. */
static bool
opens(const struct header *h, unsigned slot, struct secret *const *shares, unsigned count,
    const struct secret *master)
{
	struct error err = ERROR_INIT;
	struct secret *got = header_open_shamir(h, slot, shares, count, &err);
	bool same = got != NULL && secret_equal(got, master);

	assert_int_equal(err.code, got != NULL ? ERR_NONE : ERR_INVALID);
	secret_free(&got);
	return same;
}

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = {{"eu1", true}, {"a", true}, {"na-east-12", true}, {"1", true},
	    {"a234567890123456789012345678901234567890123456789012345678901bc", true},
	    {"a234567890123456789012345678901234567890123456789012345678901bcd", false},
	    {"", false}, {"EU1", false}, {"-eu", false}, {"eu-", false}, {"e_u", false},
	    {"eu.1", false}, {"e u", false}, {"e\xc3\xbc", false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		struct header h;

		assert_int_equal(header_new(&h, cases[i].name, &err), cases[i].good ? 0 : -1);
		assert_int_equal(err.code, cases[i].good ? ERR_NONE : ERR_INVALID);
		assert_string_equal(h.hublet, cases[i].good ? cases[i].name : "");
		header_clear(&h);
	}
}

/* A store of this format, made by another implementation, is read, opened, written. */
static void
test_known_bytes(void **state)
{
	static const char *const known[] = {
	    KNOWN_SHARE_1, KNOWN_SHARE_2, KNOWN_SHARE_3, KNOWN_SHARE_4, KNOWN_SHARE_5};
	struct secret *shares[N], *master = secret_of(KNOWN_MASTER),
				  *kek = secret_of(KNOWN_KEK);
	struct buf bytes = bytes_of(KNOWN_HEADER), out = BUF_INIT;
	unsigned slot = 9, x = 0;
	struct header h;

	(void)state;
	assert_int_equal(header_parse(&h, buf_str(&bytes), NULL), 0);
	assert_string_equal(h.hublet, "eu1");
	assert_int_equal(h.count, 1);
	assert_int_equal(h.slots[0].shares, N);
	assert_int_equal(h.slots[0].threshold, T);
	for (unsigned i = 0; i < N; i++) {
		shares[i] = secret_of(known[i]);
		assert_true(header_find_share(&h, shares[i], &slot, &x));
		assert_int_equal(slot, 0);
		assert_int_equal(x, i + 1);
	}
	assert_true(opens(&h, 0, shares, T, master));
	assert_true(opens(&h, 0, shares + 1, 4, master));
	memset(h.slots[0].wrapped_master, 0, sizeof h.slots[0].wrapped_master);
	pin(KNOWN_NONCE);
	header_rewrap_slot(&h, 0, kek, master);
	unpin();
	header_format(&h, &out);
	assert_bytes(buf_str(&out), KNOWN_HEADER);
	for (unsigned i = 0; i < N; i++)
		secret_free(&shares[i]);
	secret_free(&master), secret_free(&kek);
	buf_free(&bytes), buf_free(&out);
	header_clear(&h);
}

static enum error_code
parse_code(struct str bytes)
{
	struct error err = ERROR_INIT;
	struct header h;

	if (header_parse(&h, bytes, &err) != 0) {
		assert_int_equal(h.count, 0);
		assert_null(h.slots[0].checks);
		return err.code;
	}
	header_clear(&h);
	return ERR_NONE;
}

static void
test_refuses_damage(void **state)
{
	struct buf bytes = bytes_of(KNOWN_HEADER);

	(void)state;
	assert_int_equal(parse_code(buf_str(&bytes)), ERR_NONE);
	for (size_t i = 0; i < bytes.len; i++) {
		enum error_code want = i == 6 || i == 7 ? ERR_UNSUPPORTED : ERR_CORRUPT;

		assert_int_equal(parse_code((struct str){(char *)bytes.data, i}), ERR_CORRUPT);
		for (int bit = 0; bit < 8; bit++) {
			bytes.data[i] ^= (uint8_t)(1 << bit);
			assert_int_equal(parse_code(buf_str(&bytes)), want);
			bytes.data[i] ^= (uint8_t)(1 << bit);
		}
	}
	buf_put_u8(&bytes, 0);
	assert_int_equal(parse_code(buf_str(&bytes)), ERR_CORRUPT);
	buf_free(&bytes);
}

/* Lies under a right hash: what a forger can write. */
static void
test_refuses_forgeries(void **state)
{
	enum { HUBLET = 24, COUNT = 31, SLOT = 32, SHARES = 49, THRESHOLD = 50 };
	static const struct {
		size_t at;
		uint8_t byte;
		enum error_code code;
	} cases[] = {{COUNT, 1, ERR_NONE}, /* as it is */
	    {HUBLET, 0xff, ERR_CORRUPT}, {HUBLET + 3, 2, ERR_CORRUPT},
	    {HUBLET + 3, 0, ERR_CORRUPT}, {HUBLET + 3, 64, ERR_CORRUPT},
	    {HUBLET + 4, 'E', ERR_CORRUPT}, {HUBLET + 5, 0, ERR_CORRUPT},
	    {COUNT, 0, ERR_CORRUPT}, {COUNT, 2, ERR_CORRUPT}, {COUNT, 9, ERR_CORRUPT},
	    {COUNT, 255, ERR_CORRUPT}, {SLOT, 0, ERR_UNSUPPORTED}, {SLOT, 2, ERR_UNSUPPORTED},
	    {SHARES, 0, ERR_CORRUPT}, {SHARES, 2, ERR_CORRUPT}, {SHARES, 4, ERR_CORRUPT},
	    {SHARES, 255, ERR_CORRUPT}, {THRESHOLD, 0, ERR_CORRUPT},
	    {THRESHOLD, 1, ERR_CORRUPT}, {THRESHOLD, 6, ERR_CORRUPT}, {THRESHOLD, 5, ERR_NONE}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf bytes = bytes_of(KNOWN_HEADER);

		bytes.data[cases[i].at] = cases[i].byte;
		crypto_generichash(
		    bytes.data + bytes.len - 32, 32, bytes.data, bytes.len - 32, NULL, 0);
		assert_int_equal(parse_code(buf_str(&bytes)), cases[i].code);
		buf_free(&bytes);
	}
}

static void
test_refuses_more_slots(void **state)
{
	enum { COUNT = 31 };
	struct buf known = bytes_of(KNOWN_HEADER);

	(void)state;
	for (uint8_t count = 0; count <= HEADER_SLOTS + 2; count++) {
		struct buf bytes = BUF_INIT;
		uint8_t hash[32];

		buf_put(&bytes, known.data, COUNT);
		buf_put_u8(&bytes, count);
		for (unsigned i = 0; i < count; i++)
			buf_put(&bytes, known.data + COUNT + 1, known.len - COUNT - 1 - 32);
		crypto_generichash(hash, 32, bytes.data, bytes.len, NULL, 0);
		buf_put(&bytes, hash, 32);
		assert_int_equal(parse_code(buf_str(&bytes)),
		    count <= HEADER_SLOTS ? ERR_NONE : ERR_CORRUPT);
		buf_free(&bytes);
	}
	buf_free(&known);
}

static void
test_most_slots(void **state)
{
	static const unsigned sizes[HEADER_SLOTS][2] = {
	    {1, 1}, {2, 2}, {255, 2}, {3, 2}, {5, 3}, {255, 255}, {7, 4}, {9, 9}};
	struct secret *master = secret_random(MASTER_KEY), *kek = NULL, *shares[255];
	struct buf bytes = BUF_INIT, again = BUF_INIT;
	struct error err = ERROR_INIT;
	struct header h, back;

	(void)state;
	assert_int_equal(header_new(&h, "eu1", NULL), 0);
	for (unsigned s = 0; s < HEADER_SLOTS; s++) {
		unsigned n = sizes[s][0], t = sizes[s][1], slot = 99, x = 0;

		assert_int_equal(header_add_shamir(&h, master, n, t, shares, &kek, NULL), 0);
		assert_true(opens(&h, s, shares + n - t, t, master));
		for (unsigned i = 0; i < n; i++) {
			assert_true(header_find_share(&h, shares[i], &slot, &x));
			assert_int_equal(slot, s);
			secret_free(&shares[i]);
		}
		secret_free(&kek);
	}
	assert_int_equal(header_add_shamir(&h, master, 1, 1, shares, &kek, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_null(kek);
	header_format(&h, &bytes);
	assert_int_equal(header_parse(&back, buf_str(&bytes), NULL), 0);
	header_format(&back, &again);
	assert_true(str_equal(buf_str(&bytes), buf_str(&again)));
	buf_free(&bytes), buf_free(&again);
	secret_free(&master);
	header_clear(&h), header_clear(&back);
}

static void
test_bad_split_adds_nothing(void **state)
{
	struct secret *master = secret_random(MASTER_KEY), *kek = NULL, *shares[3];
	struct error err = ERROR_INIT;
	struct header h;

	(void)state;
	assert_int_equal(header_new(&h, "eu1", NULL), 0);
	assert_int_equal(header_add_shamir(&h, master, 3, 1, shares, &kek, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(h.count, 0);
	assert_null(kek);
	secret_free(&master);
	header_clear(&h);
}

static void
test_shares_that_do_not_open(void **state)
{
	struct vault v, foreign;
	struct secret *mixed[T] = {NULL}, *twice[T] = {NULL};

	(void)state;
	make(&v, "eu1"), make(&foreign, "eu1");
	assert_true(opens(&v.h, 0, v.shares, T, v.master));
	assert_true(opens(&v.h, 0, v.shares, N, v.master));
	for (unsigned count = 0; count < T; count++) {
		struct error err = ERROR_INIT;

		assert_null(header_open_shamir(&v.h, 0, v.shares, count, &err));
		assert_int_equal(err.code, ERR_INVALID);
		assert_non_null(strstr(err.text, "of the 3 "));
	}
	assert_false(opens(&v.h, 0, foreign.shares, T, v.master));
	memcpy(mixed, v.shares, sizeof mixed);
	for (unsigned i = 0; i < N; i++) {
		mixed[2] = foreign.shares[i];
		assert_false(opens(&v.h, 0, mixed, T, v.master));
	}
	memcpy(twice, v.shares, sizeof twice);
	twice[2] = twice[0];
	assert_false(opens(&v.h, 0, twice, T, v.master));
	discard(&v), discard(&foreign);
}

/* A slot copied to another vault, Hublet or slot id does not open there. */
static void
test_slots_do_not_move(void **state)
{
	struct vault v;

	(void)state;
	make(&v, "eu1");
	v.h.vault_id[0] ^= 1;
	assert_false(opens(&v.h, 0, v.shares, T, v.master));
	v.h.vault_id[0] ^= 1;
	v.h.hublet[0] = 'a';
	assert_false(opens(&v.h, 0, v.shares, T, v.master));
	v.h.hublet[0] = 'e';
	v.h.slots[0].id[0] ^= 1;
	assert_false(opens(&v.h, 0, v.shares, T, v.master));
	v.h.slots[0].id[0] ^= 1;
	assert_true(opens(&v.h, 0, v.shares, T, v.master));
	discard(&v);
}

static void
test_rotated_master(void **state)
{
	struct secret *master = secret_random(MASTER_KEY);
	struct vault v;

	(void)state;
	make(&v, "eu1");
	header_rewrap_slot(&v.h, 0, v.kek, master);
	assert_true(opens(&v.h, 0, v.shares, T, master));
	assert_false(opens(&v.h, 0, v.shares, T, v.master));
	secret_free(&master);
	discard(&v);
}

static bool
is_share(const struct header *h, const uint8_t *bytes, size_t len)
{
	struct secret *share = secret_new(len);
	unsigned slot = 0, x = 0;
	bool found = false;

	memcpy(secret_fill(share), bytes, len);
	found = header_find_share(h, share, &slot, &x);
	secret_free(&share);
	return found;
}

static void
test_find_share(void **state)
{
	uint8_t bytes[SHAMIR_SHARE + 1] = {0};
	struct vault v, foreign;
	unsigned slot = 0, x = 0, again = 0;

	(void)state;
	make(&v, "eu1"), make(&foreign, "eu1");
	for (unsigned i = 0; i < N; i++) {
		const uint8_t *share = secret_reveal(v.shares[i], NULL);

		assert_true(header_find_share(&v.h, v.shares[i], &slot, &x));
		assert_int_equal(x, share[SHAMIR_SECRET]);
		assert_true(header_find_share(&v.h, v.shares[i], &slot, &again));
		assert_int_equal(x, again);
		assert_false(header_find_share(&v.h, foreign.shares[i], &slot, &x));
		memcpy(bytes, share, SHAMIR_SHARE);
		for (unsigned bit = 0; bit < 8 * SHAMIR_SHARE; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(is_share(&v.h, bytes, SHAMIR_SHARE));
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_true(is_share(&v.h, bytes, SHAMIR_SHARE));
		assert_false(is_share(&v.h, bytes, SHAMIR_SHARE - 1));
		assert_false(is_share(&v.h, bytes, SHAMIR_SHARE + 1));
		bytes[SHAMIR_SECRET] = 0;
		assert_false(is_share(&v.h, bytes, SHAMIR_SHARE));
	}
	discard(&v), discard(&foreign);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_known_bytes),
	    cmocka_unit_test(test_refuses_damage),
	    cmocka_unit_test(test_refuses_forgeries),
	    cmocka_unit_test(test_refuses_more_slots),
	    cmocka_unit_test(test_most_slots),
	    cmocka_unit_test(test_bad_split_adds_nothing),
	    cmocka_unit_test(test_shares_that_do_not_open),
	    cmocka_unit_test(test_slots_do_not_move),
	    cmocka_unit_test(test_rotated_master),
	    cmocka_unit_test(test_find_share),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
