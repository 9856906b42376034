/*
 * What a token says comes back as it was said, and bytes that are not whole say nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vaultd/keeper/claims.h"

static const struct claims bare = { .kind = CLAIMS_CREATED, .issued = 5, .expires = 9 };
static const struct claims full = { .kind = CLAIMS_LOGIN,
	.flags = CLAIMS_RENEWABLE | CLAIMS_ORPHAN | CLAIMS_CUBBYHOLE,
	.owner = { "spiffe://na1.example/a", 22 }, .mount = { "0123456789abcdef", 16 },
	.role = { "fedcba9876543210", 16 }, .parent = { "p", 1 }, .path = { "auth/x", 6 },
	.display_name = { "cert-a", 6 }, .meta = { "{}", 2 }, .token_role = { "r", 1 },
	.address = { "::1", 3 }, .issued = 1, .expires = INT64_MAX, .renewed = 3, .ttl = 4,
	.increment = 5, .explicit_max = 6, .period = 7, .uses = 8, .epoch = 9, .all_epoch = 10,
	.sum = -11, .kept = 12, .count = 2, .policies = { { "a,b", 3 }, { "c", 1 } },
	.network_count = 1, .networks = { { "10.0.0.0/8", 10 } } };

static void
same_texts(const struct str *a, const struct str *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		assert_true(str_equal(a[i], b[i]));
}

static void
same(const struct claims *a, const struct claims *b)
{
	const struct str texts[][9] = {
		{ a->owner, a->mount, a->role, a->parent, a->path, a->display_name, a->meta,
		    a->token_role, a->address },
		{ b->owner, b->mount, b->role, b->parent, b->path, b->display_name, b->meta,
		    b->token_role, b->address } };
	const int64_t numbers[][12] = {
		{ a->issued, a->expires, a->renewed, a->ttl, a->increment, a->explicit_max,
		    a->period, a->uses, a->epoch, a->all_epoch, a->sum, a->kept },
		{ b->issued, b->expires, b->renewed, b->ttl, b->increment, b->explicit_max,
		    b->period, b->uses, b->epoch, b->all_epoch, b->sum, b->kept } };

	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->network_count, b->network_count);
	same_texts(texts[0], texts[1], 9);
	same_texts(a->policies, b->policies, a->count);
	same_texts(a->networks, b->networks, a->network_count);
	assert_memory_equal(numbers[0], numbers[1], sizeof(numbers[0]));
}

static void
test_comes_back(void **state)
{
	static const struct claims *const all[] = { &bare, &full };
	struct claims again;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf b = BUF_INIT;

		claims_format(all[i], &b);
		assert_int_equal(claims_read(&again, buf_str(&b)), 0);
		same(all[i], &again);
		buf_free(&b);
	}
}

static void
test_what_is_not_said_takes_no_room(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	claims_format(&bare, &b);
	assert_int_equal(b.len, 1 + 1 + 2 + 2 + 8 + 8 + 2 + 2 + 2);
	buf_free(&b);
}

static void
test_refuses_other_bytes(void **state)
{
	struct claims c;
	struct buf b = BUF_INIT;

	(void)state;
	claims_format(&full, &b);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(claims_read(&c, (struct str){ (char *)b.data, i }), -1);
	buf_put_u8(&b, 0);
	assert_int_equal(claims_read(&c, buf_str(&b)), -1);
	b.len--;
	for (unsigned kind = 0; kind < 256; kind++) {
		b.data[1] = (uint8_t)kind;
		assert_int_equal(claims_read(&c, buf_str(&b)), kind >= 1 && kind <= 3 ? 0 : -1);
	}
	b.data[1] = 1;
	b.data[0]++;
	assert_int_equal(claims_read(&c, buf_str(&b)), -1);
	b.data[0]--;
	b.data[4] |= 0x80; /* a number that there is none of */
	assert_int_equal(claims_read(&c, buf_str(&b)), -1);
	buf_free(&b);
}

/* Whatever the bytes are, reading them ends within them. */
static void
test_survives_noise(void **state)
{
	struct claims c;
	struct buf b = BUF_INIT;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t *noise;
		uint32_t at;

		buf_clear(&b);
		claims_format(round % 2 == 0 ? &full : &bare, &b);
		noise = malloc(b.len);
		assert_non_null(noise);
		memcpy(noise, b.data, b.len);
		random_bytes(&at, sizeof(at));
		random_bytes(noise + at % b.len, 1);
		(void)claims_read(&c, (struct str){ (char *)noise, b.len });
		free(noise);
	}
	buf_free(&b);
}

static void
test_lasts(void **state)
{
	struct claims c = bare;

	(void)state;
	assert_false(claims_last(&c, 4));
	assert_true(claims_last(&c, 5));
	assert_true(claims_last(&c, 8));
	assert_false(claims_last(&c, 9));
	c.flags = CLAIMS_REVOKED;
	assert_false(claims_last(&c, 8));
	c = (struct claims){ .kind = CLAIMS_CREATED };
	assert_false(claims_last(&c, 0)); /* zero is never "for ever" */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_what_is_not_said_takes_no_room),
		cmocka_unit_test(test_refuses_other_bytes),
		cmocka_unit_test(test_survives_noise),
		cmocka_unit_test(test_lasts),
	};

	return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
