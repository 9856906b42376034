/*
 * Arguments, files and flags become the members of a body that their rows say.
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

#include "client/members.h"
#include "client/request.h"

static const struct flag own[] = {
    {"mount", FLAG_TEXT, "PATH", "transit", NULL, ""},
    {"text", FLAG_TEXT, "T", NULL, NULL, "", "text"},
    {"on", FLAG_SWITCH, NULL, NULL, NULL, "", "switched"},
    {"count", FLAG_COUNT, "N", NULL, NULL, "", "count"},
    {"ttl", FLAG_TIME, "D", NULL, NULL, "", "config.ttl"},
    {"max", FLAG_COUNT, "N", NULL, NULL, "", "config.max"},
    {"list", FLAG_LIST, "X", NULL, NULL, "", "list"},
    {"pairs", FLAG_PAIRS, "KEY=VALUE", NULL, NULL, "", "pairs"},
    {"word", FLAG_WORD, "X", NULL, NULL, "", "word"},
    {"bytes", FLAG_BYTES, "X", NULL, NULL, "", "bytes"},
    {"silent", FLAG_TEXT, "X", NULL, NULL, ""},
    {"default", FLAG_TEXT, "X", NULL, "MEMBERS_TEST", "", "env"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

#define WORDS 8

static struct flags
parse(const char *const words[WORDS], char **argv)
{
	struct error err = ERROR_INIT;
	struct flags f;
	int argc = 0;

	for (; argc < WORDS && words[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	assert_int_equal(flags_parse(&f, own, NULL, argc, argv, &err), 0);
	return f;
}

static void
test_flags(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *json;
	} cases[] = {
	    {{NULL}, "{}"},
	    {{"-mount=x", "-silent=y"}, "{}"},
	    {{"-text=a b"}, "{\"text\":\"a b\"}"},
	    {{"-on"}, "{\"switched\":true}"},
	    {{"-on=false"}, "{\"switched\":false}"},
	    {{"-count=0"}, "{\"count\":0}"},
	    {{"-ttl=90s"}, "{\"config\":{\"ttl\":\"90s\"}}"},
	    {{"-max=3", "-ttl=1h", "-list=a", "-count=1"},
		"{\"count\":1,\"config\":{\"ttl\":\"1h\",\"max\":3},\"list\":[\"a\"]}"},
	    {{"-list=a", "-list=b,c"}, "{\"list\":[\"a\",\"b,c\"]}"},
	    {{"-pairs=a=1", "-pairs=b=x=y"}, "{\"pairs\":{\"a\":\"1\",\"b\":\"x=y\"}}"},
	    {{"-word= v1 \n"}, "{\"word\":\"v1\"}"},
	    {{"-bytes= v1 "}, "{\"bytes\":\"IHYxIA==\"}"},
	    {{"-bytes=@"}, "{\"bytes\":\"QA==\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *argv[WORDS];
		struct flags f = parse(cases[i].words, argv);
		struct buf json = BUF_INIT;
		struct json_writer w = json_writer_to(&json);

		json_open_object(&w, NULL);
		assert_int_equal(members_put_flags(&w, &f, NULL), 0);
		json_close_object(&w);
		buf_put_u8(&json, '\0');
		assert_string_equal((const char *)json.data, cases[i].json);
		buf_free(&json);
	}
}

static void
test_query(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *query;
	} cases[] = {
	    {{NULL}, ""},
	    {{"-mount=x"}, ""},
	    {{"-text=a b/c&d=e%\xc3\xbc", "-on", "-count=3"},
		"text=a%20b%2Fc%26d%3De%25%C3%BC&switched=true&count=3"},
	    {{"-bytes=\x1f\x1f"}, "bytes=Hx8%3D"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *argv[WORDS];
		struct flags f = parse(cases[i].words, argv);
		struct buf query = BUF_INIT;

		assert_int_equal(members_put_query(&query, &f, NULL), 0);
		buf_put_u8(&query, '\0');
		assert_string_equal((const char *)query.data, cases[i].query);
		buf_free(&query);
	}
}

static char file[] = "/tmp/members-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd < 0 || write(fd, " v1 \n", 5) != 5 || close(fd) != 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

static void
test_arguments(void **state)
{
	static const struct {
		const char *names;
		const char *words[WORDS];
		const char *json; /* NULL: refused */
	} cases[] = {
	    {NULL, {"a"}, "{}"},
	    {"from to", {"a", "b"}, "{\"from\":\"a\",\"to\":\"b\"}"},
	    {"from to", {"a"}, "{\"from\":\"a\"}"},
	    {"- type", {"a", "b"}, "{\"type\":\"b\"}"},
	    {"- =input", {"a", file}, "{\"input\":\"IHYxIAo=\"}"},
	    {"- <input", {"a", file}, "{\"input\":\"v1\"}"},
	    {"- <input", {"a", "/nowhere/at/all"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *argv[WORDS];
		struct flags f = parse(cases[i].words, argv);
		struct buf json = BUF_INIT;
		struct json_writer w = json_writer_to(&json);
		struct error err = ERROR_INIT;

		json_open_object(&w, NULL);
		assert_int_equal(members_put_arguments(&w, cases[i].names, &f, &err),
		    cases[i].json != NULL ? 0 : -1);
		json_close_object(&w);
		buf_put_u8(&json, '\0');
		if (cases[i].json != NULL)
			assert_string_equal((const char *)json.data, cases[i].json);
		else
			assert_int_equal(err.code, ERR_IO);
		buf_free(&json);
	}
}

static void
test_too_much(void **state)
{
	static char big[INPUT_MOST + 1];
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	char name[] = "/tmp/members-XXXXXX", value[64];
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, big, INPUT_MOST), INPUT_MOST);
	snprintf(value, sizeof value, "@%s", name);
	assert_int_equal(members_read(value, &out, &err), 0);
	assert_int_equal(write(fd, big, 1), 1);
	assert_int_equal(members_read(value, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	close(fd), unlink(name);
	buf_free(&out);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *text;
		const char *words[WORDS];
		const char *path;
	} cases[] = {
	    {"sys/mounts", {"a"}, "sys/mounts"},
	    {"{mount}/keys/{1}", {"billing"}, "transit/keys/billing"},
	    {"{mount}/keys/{1}/rotate", {"-mount=/team/transit/", "billing"},
		"team/transit/keys/billing/rotate"},
	    {"sys/mounts/{2}", {"a", "b/c/"}, "sys/mounts/b/c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *argv[WORDS];
		struct flags f = parse(cases[i].words, argv);
		struct buf path = BUF_INIT;

		request_fill(&path, cases[i].text, &f);
		assert_true(str_is(buf_str(&path), cases[i].path));
		buf_free(&path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_query),
	    cmocka_unit_test(test_arguments),
	    cmocka_unit_test(test_too_much),
	    cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
