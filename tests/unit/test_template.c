/*
 * Templates: every field in every form, and what is wrong told by its line and never by a
 * value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/template.h"

static const char secret[] = "{\"user\":\"app\",\"odd\":\"a'b \\\"c\\\" "
			     "$d&\\n\",\"port\":5432,\"on\":true,\"none\":null,"
			     "\"list\":[1,\"x\"],\"zero\":\"hunter2\\u0000\",\"json\":\"j\","
			     "\"api-key\":\"k\",\"empty\":\"\"}";

static struct arena *arena;
static const struct json *fields;

static int
read_secret(void **state)
{
	(void)state;
	arena = arena_new(64 * 1024, 0, NULL);
	fields = json_parse(arena, str_of(secret), &json_limits_body, NULL);
	return fields != NULL ? 0 : -1;
}

static int
free_secret(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
test_fills(void **state)
{
	static const struct {
		const char *text, *filled;
	} cases[] = {
	    {"", ""},
	    {"plain { } }} text\n", "plain { } }} text\n"},
	    {"{{user}}", "app"},
	    {"<{{ user }}{{user}}>", "<appapp>"},
	    {"{{api-key}} {{empty}}.", "k ."},
	    {"{{json}}", "j"},
	    {"{{json json}}", "\"j\""},
	    {"{{port}} {{on}} {{none}} {{list}}", "5432 true null [1,\"x\"]"},
	    {"{{json port}} {{json user}}", "5432 \"app\""},
	    {"{{json odd}}", "\"a'b \\\"c\\\" $d&\\n\""},
	    {"{{url odd}}", "a%27b%20%22c%22%20%24d%26%0A"},
	    {"{{shell odd}}", "'a'\\''b \"c\" $d&\n'"},
	    {"{{shell empty}}", "''"},
	    {"{{base64 user}}|{{ base64   list }}", "YXBw|WzEsIngiXQ=="},
	    {"{{\"{{\"}}user{{\"}}\"}}", "{{user}}"},
	    {"{{\"\"}}", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT;

		assert_int_equal(template_fill(str_of(cases[i].text), fields, &out, NULL), 0);
		buf_put_u8(&out, '\0');
		assert_string_equal((const char *)out.data, cases[i].filled);
		buf_free(&out);
	}
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
	    {"{{nobody}}", "line 1: the secret has no field nobody"},
	    {"a\nb\n  {{User}}", "line 3: the secret has no field User"},
	    {"{{}}", "line 1: {{}} names no field"},
	    {"{{ }}", "line 1: {{}} names no field"},
	    {"{{json }} {{json}} {{jso}}", "line 1: the secret has no field jso"},
	    {"\n{{html user}}", "line 2: html is no form"},
	    {"{{json user port}}", "line 1: the secret has no field user port"},
	    {"{{user", "line 1: {{ is not closed"},
	    {"{{user}}\n{{user}", "line 2: {{ is not closed"},
	    {"{{\"}}", "line 1: the secret has no field \""},
	    {"{{shell zero}}", "line 1: the field zero holds a zero byte"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT;

		assert_int_equal(template_fill(str_of(cases[i].text), fields, &out, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		if (strstr(err.text, cases[i].said) == NULL)
			fail_msg("case %zu: %s", i, err.text);
		assert_null(strstr(err.text, "hunter2"));
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fills),
	    cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, read_secret, free_secret);
}
