/*
 * HCL is read with every node in its place, and what is wrong is named by its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/hcl.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* The tree as one line: key|label|=value, so that tables can hold it. */
static void
draw(struct buf *out, const struct hcl *node)
{
	bool list = node->type == HCL_LIST;

	if (node->key.len > 0)
		buf_put_str(out, node->key);
	if (node->label.at != NULL)
		buf_printf(out, "|%.*s", STR(node->label));
	if (node->type < HCL_LIST) {
		buf_printf(out, "%c%.*s", "$#?"[node->type], STR(node->text));
		return;
	}
	buf_put_u8(out, list ? '[' : '{');
	for (const struct hcl *child = node->first; child != NULL; child = child->next) {
		draw(out, child);
		if (child->next != NULL)
			buf_put_u8(out, ' ');
	}
	buf_put_u8(out, list ? ']' : '}');
}

typedef struct hcl *parser(struct arena *, struct str, struct error *);

/* Text is read as tree, or refused with that sentence if the tree begins with "line". */
static void
check(parser *parse, const char *text, const char *tree)
{
	struct arena *a = arena_new(1 << 20, 0, NULL);
	struct error err = ERROR_INIT;
	struct hcl *root = parse(a, str_of(text), &err);
	struct buf out = BUF_INIT;

	if (root != NULL)
		draw(&out, root);
	else
		buf_put_text(&out, err.text);
	if (!str_is(buf_str(&out), tree))
		fail_msg("%s: %.*s", text, STR(buf_str(&out)));
	assert_int_equal(root == NULL, err.code != ERR_NONE);
	buf_free(&out);
	arena_free(a);
}

static const struct {
	const char *text, *tree;
} readings[] = {
    {"", "{}"},
    {"a = \"b\"", "{a$b}"},
    {"# x\n// y\n/* z\n */a=1 b=2,c=-1.5e+3 d=0xfF", "{a#1 b#2 c#-1.5e+3 d#0xfF}"},
    {"t = true\nf = false", "{t?true f?false}"},
    {"l = [\"a\", 1, true, [], {x = 1},]", "{l[$a #1 ?true [] {x#1}]}"},
    {"path \"secret/*\" { policy = \"read\" }", "{path|secret/*{policy$read}}"},
    {"\"path\" \"a\" {} path \"a\" {}", "{path|a{} path|a{}}"},
    {"a \"x\" \"y\" { b = 1 }", "{a|x{y{b#1}}}"},
    {"a \"x\" y \"z\" {}", "{a|x{y|z{}}}"},
    {"a = { \"*\" = [], b-c.d = 1 }", "{a{*[] b-c.d#1}}"},
    {"a { b { c {} } }", "{a{b{c{}}}}"},
    {"a = \"\\n\\t\\\"\\\\\\u00e9\\x41\\101\\U0001F600\"",
	"{a$\n\t\"\\\303\251AA\360\237\230\200}"},
    {"a = \"${x(\"y\")} {z}\"", "{a$${x(\"y\")} {z}}"},
    {"a = \"x${\\n{}}\\x41\"", "{a$x${\\n{}}A}"},
    {"a = <<E\n x\n E\nE\nb=1", "{a$ x\n E\n b#1}"},
    {"a = <<-E\n\t one\n\t  two\n\t E\n", "{a$one\n two\n}"},
    {"a = <<-E\n  one\n two\n  E\n", "{a$  one\n two\n}"},
    {"a = <<E\r\nx\r\nE\r\n", "{a$x\r\n}"},
    {"a = <<E\nE", "{a$}"},
    {"a =", "line 1, column 4: a value is missing"},
    {"a", "line 1, column 2: '=' or '{' is missing behind a key"},
    {"\n  a \"b\" = 1", "line 2, column 9: '=' or '{' is missing behind a key"},
    {"a = b", "line 1, column 5: a word is no value; put it in quotes"},
    {"a = [1 2]", "line 1, column 8: ',' or ']' is missing in a list"},
    {"a = [,]", "line 1, column 6: a value is missing"},
    {"a {", "line 1, column 4: a key is missing"},
    {"}", "line 1, column 1: a key is missing"},
    {"a = 5m", "line 1, column 5: this is no number"},
    {"a = -", "line 1, column 5: this is no number"},
    {"a = 1.", "line 1, column 5: this is no number"},
    {"a = 0x", "line 1, column 5: this is no number"},
    {"a = \"x", "line 1, column 5: the string that begins here does not end"},
    {"a = \"x\n\"", "line 1, column 5: the string that begins here does not end on its line"},
    {"a = \"\\q\"", "line 1, column 5: the string that begins here has an unknown escape"},
    {"a = \"\\ud800\"", "line 1, column 5: the string that begins here has an unknown escape"},
    {"a = \"${\"", "line 1, column 5: the string that begins here does not end"},
    {"a = <<E\nx", "line 1, column 5: the heredoc that begins here does not end"},
    {"a = <<\nx", "line 1, column 5: a heredoc's marker is a word at its line's end"},
    {"\n /* x", "line 2, column 2: the comment that begins here does not end"},
    {"a = ?", "line 1, column 5: unexpected character"},
    {"a = \"\n\377", "line 2, column 1: this is no text in UTF-8"},
};

static void
reads_hcl(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(readings); i++)
		check(hcl_parse, readings[i].text, readings[i].tree);
}

static const struct {
	const char *text, *tree;
} json_readings[] = {
    {"{\"path\":{\"a\":{\"c\":[\"r\\u0065\",1,true,false]}}}",
	"{path{a{c[$re #1 ?true ?false]}}}"},
    {"{}", "{}"},
    {"{\"a\":\n null}", "line 1, column 2: null is no value here"},
    {"[]", "line 1, column 1: this is no object"},
    {"{\"a\":1,\"a\":2}",
	"invalid character at offset 13: the object that ends here has a name twice"},
};

static void
reads_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(json_readings); i++)
		check(hcl_parse_json, json_readings[i].text, json_readings[i].tree);
}

static void
knows_places(void **state)
{
	static const struct {
		parser *parse;
		const char *text;
	} cases[] = {
	    {hcl_parse, "a = 1\n\n  b = [true,\n \"x\"]"},
	    {hcl_parse_json, "{\"a\\\"\\\\\":1}"},
	    {hcl_parse_json, "\n{\"q\\\"\\\\\": 0,\n  \"b\":[1.5,\n \"x\"]}"},
	};
	struct arena *a = arena_new(1 << 20, 0, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct hcl *root = cases[i].parse(a, str_of(cases[i].text), NULL);
		const struct hcl *b = hcl_find(root, "b");

		assert_null(hcl_find(root, "c"));
		if (i == 1) {
			assert_null(b);
			assert_int_equal(root->first->column, 2);
			continue;
		}
		assert_int_equal(b->line, 3);
		assert_int_equal(b->column, 3);
		assert_int_equal(b->first->next->line, 4);
		assert_int_equal(b->first->next->column, 2);
	}
	arena_free(a);
}

/* n times `open`, then as often `close`. */
static void
check_repeated(const char *before, const char *open, const char *close, unsigned n, bool good)
{
	struct arena *a = arena_new(8 << 20, 0, NULL);
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	buf_put_text(&text, before);
	for (unsigned i = 0; i < n; i++)
		buf_put_text(&text, open);
	for (unsigned i = 0; i < n; i++)
		buf_put_text(&text, close);
	assert_int_equal(hcl_parse(a, buf_str(&text), &err) != NULL, good);
	assert_int_equal(err.code, good ? ERR_NONE : ERR_LIMIT);
	buf_free(&text);
	arena_free(a);
}

static void
keeps_to_its_limits(void **state)
{
	(void)state;
	check_repeated("a = ", "[", "]", 32, true);
	check_repeated("a = ", "[", "]", 33, false);
	check_repeated("", "a {", "}", 32, true);
	check_repeated("", "a {", "}", 33, false);
	check_repeated("a ", "x ", "", 66, false);
	check_repeated("", "a=1,", "", 19999, true);
	check_repeated("", "a=1,", "", 20000, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_hcl),
	    cmocka_unit_test(reads_json),
	    cmocka_unit_test(knows_places),
	    cmocka_unit_test(keeps_to_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
