/*
 * A command in one text becomes the words that a person means, and nothing in it is obeyed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/words.h"

#define MOST 4

static void
test_words(void **state)
{
	static const struct {
		const char *text;
		const char *words[MOST + 1]; /* none: refused */
	} cases[] = {
	    {"true", {"true"}},
	    {"  systemctl\treload \n app ", {"systemctl", "reload", "app"}},
	    {"sh -c 'kill -HUP $(cat pid)'", {"sh", "-c", "kill -HUP $(cat pid)"}},
	    {"a 'b'\"c d\"e ''", {"a", "bc de", ""}},
	    {"\"it's\" '\"'", {"it's", "\""}},
	    {"a\\ b $HOME * ;", {"a\\", "b", "$HOME", "*"}},
	    {"", {NULL}},
	    {" \n", {NULL}},
	    {"a 'b", {NULL}},
	    {"a \"b'", {NULL}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct words w;
		int rc = words_cut(&w, cases[i].text, NULL);

		assert_int_equal(rc, cases[i].words[0] != NULL ? 0 : -1);
		for (unsigned k = 0; rc == 0 && k < MOST && cases[i].words[k] != NULL; k++)
			assert_string_equal(w.at[k], cases[i].words[k]);
		if (rc == 0)
			assert_null(w.at[w.count]);
		words_free(&w);
	}
}

static void
test_too_many(void **state)
{
	struct error err = ERROR_INIT;
	char text[2 * WORDS_MOST + 3];
	struct words w;

	(void)state;
	for (unsigned i = 0; i <= WORDS_MOST; i++)
		memcpy(text + 2 * i, "x ", 3);
	assert_int_equal(words_cut(&w, text, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	words_free(&w);
	assert_int_equal(words_cut(&w, text + 2, NULL), 0);
	assert_int_equal(w.count, WORDS_MOST);
	words_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
