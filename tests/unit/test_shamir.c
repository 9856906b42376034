/*
 * Any t shares of n give the secret back; fewer, damaged and repeated ones do not.
 */
#include "tests/unit/vectors.h"

#include "keys/shamir.h"
#include "tests/unit/known.h"

static void
free_all(struct secret **shares, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		secret_free(&shares[i]);
}

/* Whether the shares whose bits are set in `which` combine to the secret. */
static bool
recovers(const struct secret *secret, struct secret *const *shares, unsigned n, unsigned which)
{
	struct secret *chosen[8], *got = NULL;
	unsigned t = 0;
	bool same = false;

	for (unsigned i = 0; i < n; i++)
		if (which >> i & 1)
			chosen[t++] = shares[i];
	got = shamir_combine(chosen, t, NULL);
	assert_non_null(got);
	same = secret_equal(got, secret);
	secret_free(&got);
	return same;
}

/* Every subset of t or more shares recovers, every smaller one gives something else. */
static void
test_every_subset(void **state)
{
	struct secret *secret = secret_random(SHAMIR_SECRET), *shares[8];

	(void)state;
	for (unsigned n = 1; n <= 8; n++)
		for (unsigned t = n == 1 ? 1 : 2; t <= n; t++) {
			assert_int_equal(shamir_split(secret, n, t, shares, NULL), 0);
			for (unsigned which = 1; which < 1u << n; which++)
				assert_int_equal(recovers(secret, shares, n, which),
				    (unsigned)__builtin_popcount(which) >= t);
			free_all(shares, n);
		}
	secret_free(&secret);
}

static void
test_large(void **state)
{
	static const unsigned cases[][2] = {
	    {9, 5}, {16, 2}, {100, 51}, {255, 2}, {255, 128}, {255, 254}, {255, 255}};
	struct secret *secret = secret_random(SHAMIR_SECRET), *shares[255], *got = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned n = cases[i][0], t = cases[i][1];

		assert_int_equal(shamir_split(secret, n, t, shares, NULL), 0);
		for (unsigned from = 0; from + t <= n; from += n / 3 + 1) {
			got = shamir_combine(shares + from, t, NULL);
			assert_true(secret_equal(got, secret));
			secret_free(&got);
			got = shamir_combine(shares + from, t - 1, NULL);
			assert_false(secret_equal(got, secret));
			secret_free(&got);
		}
		free_all(shares, n);
	}
	secret_free(&secret);
}

/* The x values are 1..n, each once, and not always in the same order. */
static void
test_numbers(void **state)
{
	struct secret *secret = secret_random(SHAMIR_SECRET), *shares[255];
	bool shuffled = false;

	(void)state;
	for (unsigned n = 2; n <= 255; n += 11) {
		bool seen[256] = {false};

		assert_int_equal(shamir_split(secret, n, 2, shares, NULL), 0);
		for (unsigned i = 0; i < n; i++) {
			size_t len = 0;
			uint8_t x = secret_reveal(shares[i], &len)[SHAMIR_SECRET];

			assert_int_equal(len, SHAMIR_SHARE);
			assert_true(x >= 1 && x <= n && !seen[x]);
			seen[x] = true;
			shuffled |= x != i + 1;
		}
		free_all(shares, n);
	}
	assert_true(shuffled);
	secret_free(&secret);
}

static void
test_bounds(void **state)
{
	static const unsigned cases[][2] = {{0, 0}, {1, 0}, {1, 2}, {2, 1}, {3, 4}, {255, 1},
	    {255, 256}, {256, 2}, {256, 256}, {3, (unsigned)-1}};
	struct secret *secret = secret_random(SHAMIR_SECRET), *shares[256] = {NULL};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(
		    shamir_split(secret, cases[i][0], cases[i][1], shares, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_null(shares[0]);
	}
	secret_free(&secret);
}

/* Shares of a degree-2 polynomial, made by another implementation. */
static void
test_known_shares(void **state)
{
	static const char *const known[] = {KNOWN_SHARE_1, KNOWN_SHARE_2, KNOWN_SHARE_3,
	    KNOWN_SHARE_4, KNOWN_SHARE_5, KNOWN_SHARE_255};
	struct secret *shares[6], *kek = secret_of(KNOWN_KEK);

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		shares[i] = secret_of(known[i]);
	for (unsigned which = 1; which < 1u << 6; which++)
		assert_int_equal(
		    recovers(kek, shares, 6, which), __builtin_popcount(which) >= 3);
	free_all(shares, 6);
	secret_free(&kek);
}

#define Y "470e18839d23779277eba5f02c40a4705b38985907cb604f987febe254596884"

static void
test_refused_shares(void **state)
{
	static const struct {
		const char *share[2];
		unsigned count;
	} cases[] = {
	    {{Y "01", Y "01"}, 2},        /* the same x, same share */
	    {{Y "02", KNOWN_SHARE_2}, 2}, /* the same x, another share */
	    {{Y "00", Y "01"}, 2},
	    {{Y "01", Y}, 2},        /* a byte short */
	    {{Y "0102", Y "03"}, 2}, /* a byte long */
	    {{Y "01", "01"}, 2},
	    {{Y "01", Y "02"}, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct secret *shares[2] = {
		    secret_of(cases[i].share[0]), secret_of(cases[i].share[1])};
		struct error err = ERROR_INIT;

		assert_null(shamir_combine(shares, cases[i].count, &err));
		assert_int_equal(err.code, ERR_INVALID);
		free_all(shares, 2);
	}
}

static void
test_too_many_to_be_different(void **state)
{
	struct secret *shares[256], *share = secret_of(KNOWN_SHARE_1);
	struct error err = ERROR_INIT;

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		shares[i] = share;
	assert_null(shamir_combine(shares, 256, &err));
	assert_int_equal(err.code, ERR_INVALID);
	secret_free(&share);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_subset),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_known_shares),
	    cmocka_unit_test(test_refused_shares),
	    cmocka_unit_test(test_too_many_to_be_different),
	};

	return cmocka_run_group_tests_name("shamir", tests, NULL, NULL);
}
