/*
 * Two patterns have a text in common when one of all short texts fits both; and the text that
 * is named fits both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/meeting.h"
#include "policy/glob.h"

#define PATTERN_MOST 4 /* bytes; a text that fits two of them needs twice as many at most */
#define TEXT_MOST 8

/* The n-th word over an alphabet, shorter ones first.  Returns its length, at most most. */
static size_t
word(unsigned n, const char *alphabet, unsigned letters, char to[TEXT_MOST])
{
	size_t len = 0;

	for (; n > 0; n = (n - 1) / letters)
		to[len++] = alphabet[(n - 1) % letters];
	return len;
}

/* How many words have at most that many letters. */
static unsigned
words(unsigned letters, unsigned most)
{
	unsigned all = 1, longest = 1;

	while (most-- > 0)
		all += longest *= letters;
	return all;
}

static bool
is_common(struct str a, struct str b, struct str text)
{
	return glob_match(a, text) && glob_match(b, text);
}

static bool
search(struct str a, struct str b)
{
	char text[TEXT_MOST];

	for (unsigned n = 0; n < words(2, TEXT_MOST); n++)
		if (is_common(a, b, (struct str){text, word(n, "ab", 2, text)}))
			return true;
	return false;
}

static void
test_as_brute_force_has_it(void **state)
{
	unsigned count = words(3, PATTERN_MOST), common = 0;
	char a[TEXT_MOST], b[TEXT_MOST];

	(void)state;
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = i; k < count; k++) {
			struct str one = {a, word(i, "ab*", 3, a)};
			struct str other = {b, word(k, "ab*", 3, b)};
			struct buf text = BUF_INIT;
			bool found = meeting_find(one, other, &text);

			assert_int_equal(found, search(one, other));
			assert_true(!found || is_common(one, other, buf_str(&text)));
			common += found;
			buf_free(&text);
		}
	assert_in_range(common, count, count * count / 2 - 1);
}

static void
test_names_one(void **state)
{
	static const struct {
		const char *a, *b, *text; /* NULL: none */
	} cases[] = {
	    {"spiffe://na1/svc/*", "spiffe://na1/svc/billing", "spiffe://na1/svc/billing"},
	    {"spiffe://na1/svc/*", "spiffe://*/billing", "spiffe://na1/svc/billing"},
	    {"spiffe://na1/svc/*", "spiffe://na1/operator/*", NULL},
	    {"*", "x", "x"},
	    {"*", "*", ""},
	    {"a*", "*b", "ab"},
	    {"", "x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = BUF_INIT;

		assert_int_equal(meeting_find(str_of(cases[i].a), str_of(cases[i].b), &text),
		    cases[i].text != NULL);
		if (cases[i].text != NULL)
			assert_true(str_is(buf_str(&text), cases[i].text));
		buf_free(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_brute_force_has_it),
	    cmocka_unit_test(test_names_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
