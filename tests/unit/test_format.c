/*
 * The layout of policies: what moves, what stays, and that a second time changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/format.h"

static void
expect(const char *text, const char *wanted)
{
	struct buf out = BUF_INIT;

	format_policy(str_of(text), &out);
	buf_put_u8(&out, '\0');
	assert_string_equal((const char *)out.data, wanted);
	buf_free(&out);
}

static void
test_layout(void **state)
{
	static const struct {
		const char *text, *made;
	} cases[] = {
	    {"path \"a/*\" {\ncapabilities=[\"read\"]\n}",
		"path \"a/*\" {\n  capabilities = [\"read\"]\n}\n"},
	    {"path \"a\"   {\r\n\t\tpolicy   =   \"read\"  \r\n   }\n",
		"path \"a\" {\n  policy = \"read\"\n}\n"},
	    {"\n\npath \"a\" {\n\n\n  # x = y   z\n\n}\n\n\npath \"b\" {}\n\n",
		"path \"a\" {\n\n  # x = y   z\n}\n\npath \"b\" {}\n"},
	    {"a {\nb = [\n\"x\",\n\"y\"\n]\n}\n",
		"a {\n  b = [\n    \"x\",\n    \"y\"\n  ]\n}\n"},
	    {"path \"x  ={\" { policy=\"a\\\"  =[\" }\n",
		"path \"x  ={\" { policy = \"a\\\"  =[\" }\n"},
	    {"/* {\n   keep\n*/\nx=1\n", "/* {\n   keep\n*/\nx = 1\n"},
	    {"a {\nx=<<END\n  { kept  =\nEND\ny=1\n}\n",
		"a {\n  x = <<END\n  { kept  =\nEND\n  y = 1\n}\n"},
	    {"x=1 // {  [\ny=2 # (\nz=3\n", "x = 1 // {  [\ny = 2 # (\nz = 3\n"},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect(cases[i].text, cases[i].made);
		expect(cases[i].made, cases[i].made);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
