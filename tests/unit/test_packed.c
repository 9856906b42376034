/*
 * Lists of texts in one run of bytes: sorted, each once, and what lies between two of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vaultd/keeper/packed.h"

/* "a b c" as a set. */
static struct str
set_of(const char *words, struct buf *out)
{
	struct str items[16], rest = str_of(words);
	unsigned n = 0;

	while (str_cut(rest, ' ', &items[n], &rest) || items[n].len > 0)
		n++;
	packed_set(items, n, out);
	return buf_str(out);
}

static const char *
words_of(struct str set)
{
	static char text[256];
	struct str item;
	size_t len = 0;

	text[0] = '\0';
	while (packed_next(&set, &item))
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s",
		    len > 0 ? " " : "", STR(item));
	return text;
}

static bool
collect(void *arg, struct str item)
{
	buf_put_block(arg, item.at, item.len);
	return true;
}

static void
test_sets(void **state)
{
	static const struct {
		const char *a, *b, *both, *a_only;
	} cases[] = {
		{ "", "", "", "" },
		{ "b a b", "", "a b", "a b" },
		{ "", "x", "x", "" },
		{ "a c e", "b c d", "a b c d e", "a e" },
		{ "a b", "a b", "a b", "" },
		{ "ab a abc", "b", "a ab abc b", "a ab abc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf a = BUF_INIT, b = BUF_INIT, both = BUF_INIT, rest = BUF_INIT;

		set_of(cases[i].a, &a);
		set_of(cases[i].b, &b);
		packed_unite(buf_str(&a), buf_str(&b), &both);
		assert_string_equal(words_of(buf_str(&both)), cases[i].both);
		assert_true(packed_difference(buf_str(&a), buf_str(&b), collect, &rest));
		assert_string_equal(words_of(buf_str(&rest)), cases[i].a_only);
		buf_free(&a);
		buf_free(&b);
		buf_free(&both);
		buf_free(&rest);
	}
}

static void
test_one_more_and_one_less(void **state)
{
	static const struct {
		const char *set, *item, *with, *without;
	} cases[] = {
		{ "", "m", "m", "" },
		{ "m", "m", "m", "" },
		{ "a z", "m", "a m z", "a z" },
		{ "b c", "a", "a b c", "b c" },
		{ "a b", "c", "a b c", "a b" },
		{ "a b c", "b", "a b c", "a c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf set = BUF_INIT, with = BUF_INIT, without = BUF_INIT;
		struct str item = str_of(cases[i].item);

		set_of(cases[i].set, &set);
		packed_with(buf_str(&set), item, &with);
		packed_without(buf_str(&set), item, &without);
		assert_string_equal(words_of(buf_str(&with)), cases[i].with);
		assert_string_equal(words_of(buf_str(&without)), cases[i].without);
		assert_true(packed_has(buf_str(&with), item));
		assert_false(packed_has(buf_str(&without), item));
		buf_free(&set);
		buf_free(&with);
		buf_free(&without);
	}
}

static void
test_values_and_damage(void **state)
{
	struct buf pairs = BUF_INIT;
	struct str rest, item;

	(void)state;
	buf_put_block(&pairs, "key", 3);
	buf_put_block(&pairs, "value", 5);
	buf_put_block(&pairs, "value", 5);
	buf_put_block(&pairs, "", 0);
	assert_true(str_is(packed_value(buf_str(&pairs), str_of("key")), "value"));
	assert_int_equal(packed_value(buf_str(&pairs), str_of("value")).len, 0);
	assert_null(packed_value(buf_str(&pairs), str_of("other")).at);
	assert_int_equal(packed_count(buf_str(&pairs)), 4);
	/* A length that runs past the end ends the list. */
	rest = (struct str){ "\0\0\0\x09text", 8 };
	assert_false(packed_next(&rest, &item));
	assert_int_equal(rest.len, 0);
	buf_free(&pairs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_one_more_and_one_less),
		cmocka_unit_test(test_values_and_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
