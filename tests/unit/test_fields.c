/*
 * Fields of a request: which forms are taken, which refused, and that no value is repeated in a
 * complaint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/fields.h"

#define MOST 3

static const char *const aliases[][2] = {{"uri", "allowed_uri_sans"}, {NULL, NULL}};
static char dir[] = "/tmp/test_fields.XXXXXX";

static int
make_files(void **state)
{
	static const struct {
		const char *name, *content;
		size_t len;
	} files[] = {
	    {"text", "two\nlines\n", 10},
	    {"object", "{\"k\": [1, 2.50]}", 16},
	    {"list", "[1]", 3},
	    {"broken", "{\"k\":", 5},
	    {"bytes", "\xff\x00\x01", 3},
	};

	(void)state;
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *f = fopen(files[i].name, "w");

		if (f == NULL || fwrite(files[i].content, 1, files[i].len, f) != files[i].len ||
		    fclose(f) != 0)
			return -1;
	}
	return 0;
}

static int
remove_files(void **state)
{
	(void)state;
	unlink("text");
	unlink("object");
	unlink("list");
	unlink("broken");
	unlink("bytes");
	return rmdir(dir);
}

static void
test_fields(void **state)
{
	static const struct {
		const char *args[MOST];
		bool plain;
		const char *json;  /* NULL: refused */
		const char *named; /* in the complaint */
	} cases[] = {
	    {{"a=@text"}, false, "{\"a\":\"two\\nlines\\n\"}", NULL},
	    {{"a=1", "b=x=y"}, true, "{\"a\":\"1\",\"b\":\"x=y\"}", NULL},
	    {{"a="}, true, "{\"a\":\"\"}", NULL},
	    {{"a=\\@text"}, true, "{\"a\":\"@text\"}", NULL},
	    {{"a=@"}, true, "{\"a\":\"@\"}", NULL},
	    {{"uri=p"}, true, "{\"allowed_uri_sans\":\"p\"}", NULL},
	    {{"@object"}, false, "{\"k\": [1, 2.50]}", NULL},
	    {{NULL}, false, "{}", NULL},
	    {{"a=hunter2"}, false, NULL, "a=@FILE"},
	    {{"a="}, false, NULL, "a=-"},
	    {{"a=@missing"}, false, NULL, "missing"},
	    {{"a=@bytes"}, false, NULL, "UTF-8"},
	    {{"@list"}, false, NULL, "no JSON object"},
	    {{"@broken"}, false, NULL, "@broken"},
	    {{"@object", "a=1"}, true, NULL, "alone"},
	    {{"=1"}, true, NULL, "no key"},
	    {{"a=1", "a=2"}, true, NULL, "twice"},
	    {{"uri=1", "allowed_uri_sans=2"}, true, NULL, "twice"},
	    {{"a=-", "b=-"}, false, NULL, "only once"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fields_rule rule = {cases[i].plain, aliases};
		struct error err = ERROR_INIT;
		struct buf json = BUF_INIT;
		char *args[MOST];
		unsigned count = 0;
		int rc;

		for (; count < MOST && cases[i].args[count] != NULL; count++)
			args[count] = (char *)(uintptr_t)cases[i].args[count];
		rc = fields_read(args, count, &rule, &json, &err);
		assert_int_equal(rc, cases[i].json != NULL ? 0 : -1);
		if (rc == 0) {
			buf_put_u8(&json, '\0');
			assert_string_equal((const char *)json.data, cases[i].json);
		} else {
			assert_non_null(strstr(err.text, cases[i].named));
			assert_null(strstr(err.text, "hunter2"));
		}
		buf_free(&json);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
