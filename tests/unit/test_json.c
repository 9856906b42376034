/*
 * What RFC 8259 allows is read and nothing else; what is written is read again as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "tests/unit/jansson_oracle.h"

#define SUITE "tests/data/jsontestsuite.txt"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new((size_t)32 << 20, 0, NULL);
	return arena == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct json *
parse(struct str text, struct error *err)
{
	arena_reset(arena);
	error_clear(err);
	return json_parse(arena, text, &json_limits_body, err);
}

static void
write_tree(struct buf *out, const struct json *v)
{
	struct json_writer w = json_writer_to(out);

	buf_clear(out);
	json_put_value(&w, NULL, v);
}

/* A case of the suite: hexadecimal, with '*' for repetition and '+' for what follows. */
static struct buf
suite_bytes(struct str form)
{
	struct buf out = BUF_INIT;
	struct str part, hex, times;
	unsigned long long n;

	while (form.len > 0 && !str_is(form, "-")) {
		str_cut(form, '+', &part, &form);
		n = 1;
		if (str_cut(part, '*', &hex, &times))
			assert_true(str_to_u64(times, &n));
		for (; n > 0; n--)
			assert_true(hex_decode(&out, hex));
	}
	return out;
}

static void
reads_the_suite(void **state)
{
	unsigned allowed = 0, allowed_read = 0, wrong = 0, wrong_read = 0;
	FILE *file = fopen(SUITE, "r");
	char line[4096];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		struct error err = ERROR_INIT;
		struct str name, form;
		struct buf text;
		bool read, twice;

		assert_true(strlen(line) < sizeof line - 1);
		str_cut((struct str){line, strcspn(line, "\n")}, ' ', &name, &form);
		text = suite_bytes(form);
		read = parse(buf_str(&text), &err) != NULL;
		assert_int_equal(read, err.code == ERR_NONE);
		twice = str_starts(name, "y_object_duplicated_key");
		allowed += *line == 'y';
		allowed_read += *line == 'y' && read;
		wrong += *line == 'n';
		wrong_read += *line == 'n' && read;
		if ((*line == 'y' && read == twice) || (*line == 'n' && read))
			fail_msg("%.*s", STR(name));
		buf_free(&text);
	}
	fclose(file);
	assert_int_equal(allowed, 95);
	assert_int_equal(allowed_read, 93);
	assert_int_equal(wrong, 188);
	assert_int_equal(wrong_read, 0);
}

/* What is read, and what is written of it; NULL: refused. */
static const struct {
	const char *text, *again;
} readings[] = {
    {" {\"a\" : [1, 2.50, -0, 1E+9] } ", "{\"a\":[1,2.50,-0,1E+9]}"},
    {"[true,false,null,{},[]]", "[true,false,null,{},[]]"},
    {"\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"A/\\b\\f\\n\\r\\t\\\"\\\\\""},
    {"\"\\ud83d\\ude00 \\u00e9 \\u20ac\"", "\"\360\237\230\200 \303\251 \342\202\254\""},
    {"\"<>&\\u2028\\u0000\\u001f\177\"", "\"<>&\342\200\250\\u0000\\u001f\177\""},
    {"99999999999999999999999999.0e-500", "99999999999999999999999999.0e-500"},
    {"\"12345678abcdefgh\\n12345678\"", "\"12345678abcdefgh\\n12345678\""},
    {"\"1234567\001abcdefgh\"", NULL},
    {"\"12345678\377abcdefg\"", NULL},
    {"\"12345678\\qabcdefg\"", NULL},
    {"\"\\ud83d\"", NULL},
    {"\"\\ude00\"", NULL},
    {"\"\\ud83d\\u0041\"", NULL},
    {"\357\273\277{}", NULL},
    {"{\"a\":1,\"\\u0061\":2}", NULL},
    {"{\"a\":1,\"b\":{\"a\":2}}", "{\"a\":1,\"b\":{\"a\":2}}"},
    {"{\"a\":1}x", NULL},
    {"[1,]", NULL},
    {"[1}", NULL},
    {"01", NULL},
    {"", NULL},
};

static void
reads_and_writes(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
		struct error err = ERROR_INIT;
		struct json *v = parse(str_of(readings[i].text), &err);

		if ((v != NULL) != (readings[i].again != NULL))
			fail_msg("%s: %s", readings[i].text, err.text);
		if (v == NULL) {
			assert_int_equal(err.code, ERR_INVALID);
			continue;
		}
		write_tree(&out, v);
		assert_true(str_is(buf_str(&out), readings[i].again));
	}
	buf_free(&out);
}

static void
names_the_place(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(parse(str_of("{\"secret\": xyz}"), &err));
	assert_string_equal(err.text, "invalid character at offset 11: a value is missing");
}

static void
borrows_what_needs_no_decoding(void **state)
{
	const char *text = "[\"plain\",\"\\n\"]";
	struct error err = ERROR_INIT;
	struct json *v = parse(str_of(text), &err);

	(void)state;
	assert_ptr_equal(v->first->text.at, text + 2);
	assert_false(
	    v->first->next->text.at > text && v->first->next->text.at < text + strlen(text));
}

/* n times open, then close as often. */
static struct buf
nested(unsigned n)
{
	struct buf b = BUF_INIT;

	for (unsigned i = 0; i < n; i++)
		buf_put_u8(&b, '[');
	for (unsigned i = 0; i < n; i++)
		buf_put_u8(&b, ']');
	return b;
}

/* An object of n members, the last of which repeats the first if twice. */
static struct buf
wide(unsigned n, bool twice)
{
	struct buf b = BUF_INIT;

	for (unsigned i = 0; i < n; i++)
		buf_printf(
		    &b, "%c\"name%u\":0", i == 0 ? '{' : ',', twice && i == n - 1 ? 0 : i);
	buf_put_u8(&b, '}');
	return b;
}

static void
check_code(struct buf text, enum error_code code)
{
	struct error err = ERROR_INIT;

	assert_int_equal(parse(buf_str(&text), &err) == NULL, code != ERR_NONE);
	assert_int_equal(err.code, code);
	if (code == ERR_LIMIT)
		assert_non_null(strstr(err.text, "high complexity"));
	buf_free(&text);
}

static void
keeps_to_its_limits(void **state)
{
	(void)state;
	check_code(nested(64), ERR_NONE);
	check_code(nested(65), ERR_LIMIT);
	check_code(wide(49999, false), ERR_NONE);
	check_code(wide(50000, false), ERR_LIMIT);
}

static void
finds_names_given_twice(void **state)
{
	static const unsigned widths[] = {2, 15, 16, 17, 18, 1000, 49999};

	(void)state;
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		check_code(wide(widths[i], false), ERR_NONE);
		check_code(wide(widths[i], true), ERR_INVALID);
	}
}

static void
refuses_what_the_arena_cannot_hold(void **state)
{
	struct arena *small = arena_new(4096, 0, NULL);
	struct buf text = wide(100, false);
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(json_parse(small, buf_str(&text), &json_limits_body, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	buf_free(&text);
	arena_free(small);
}

static void
writes_what_it_is_given(void **state)
{
	struct buf out = BUF_INIT;
	struct json_writer w = json_writer_to(&out);

	(void)state;
	json_open_object(&w, NULL);
	json_put_text(&w, "t", "\377a\300\257\342\202");
	json_put_int(&w, "i", INT64_MIN);
	json_open_array(&w, "a");
	json_put_bool(&w, NULL, true);
	json_put_null(&w, NULL);
	json_open_object(&w, NULL);
	json_close_object(&w);
	json_close_array(&w);
	json_put_name(&w, str_of("n\""));
	json_put_raw(&w, NULL, str_of("1.0"));
	json_close_object(&w);
#define BAD "\357\277\275"
	assert_true(str_is(buf_str(&out),
	    "{\"t\":\"" BAD "a" BAD BAD BAD BAD "\",\"i\":-9223372036854775808,"
	    "\"a\":[true,null,{}],\"n\\\"\":1.0}"));
	buf_free(&out);
}

/* RFC 7396, appendix A; members in byte order. */
static const struct {
	const char *target, *patch, *result;
} patches[] = {
    {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
    {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
    {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
    {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
    {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
    {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
    {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
    {"{\"a\":\"foo\"}", "null", "null"},
    {"{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}"},
    {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
    {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
};

static void
merges_patches(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
		struct error err = ERROR_INIT;
		struct json *target = parse(str_of(patches[i].target), &err);
		struct json *patch =
		    json_parse(arena, str_of(patches[i].patch), &json_limits_body, &err);

		write_tree(&out, json_merge_patch(arena, target, patch));
		assert_true(str_is(buf_str(&out), patches[i].result));
	}
	buf_free(&out);
}

static const struct {
	const char *text;
	bool whole;
	int64_t number;
} numbers[] = {
    {"5", true, 5},
    {"\"5\"", true, 5},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"5.0", false, 0},
    {"\"\"", false, 0},
    {"\"-\"", false, 0},
    {"true", false, 0},
};

static void
reads_whole_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct error err = ERROR_INIT;
		int64_t v = 0;

		assert_int_equal(
		    json_to_int(parse(str_of(numbers[i].text), &err), &v), numbers[i].whole);
		assert_true(v == numbers[i].number);
	}
	assert_false(json_to_int(NULL, &(int64_t){0}));
}

static void
finds_and_adds_members(void **state)
{
	struct json *root = json_new(arena, JSON_OBJECT);
	struct buf out = BUF_INIT;

	(void)state;
	json_add(arena, root, "a", json_new_string(arena, str_of("x")));
	json_add(arena, json_add(arena, root, "b", json_new(arena, JSON_ARRAY)), NULL,
	    json_new(arena, JSON_NULL));
	assert_int_equal(json_find(root, "b")->type, JSON_ARRAY);
	assert_null(json_find(root, "c"));
	assert_null(json_find(json_find(root, "b"), "a"));
	assert_null(json_find(NULL, "a"));
	write_tree(&out, root);
	assert_true(str_is(buf_str(&out), "{\"a\":\"x\",\"b\":[null]}"));
	buf_free(&out);
}

/* Seeds of the differential test, and what their bytes are overwritten with. */
static const char *const seeds[] = {
    "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\"],\"b\":{\"c\":null,\"d\":true}}",
    "[\"\303\251\342\202\254\360\237\230\200\",0,false,{\"\":{}},[[[]]]]",
    "{\"name1\":\"12345678901234567890\",\"name2\":\"\\n\\t\\\"\\\\\\/\"}",
};
static const char bytes[] = "{}[]:,\"\\u0eE+-.19tfn \n\001\177\200\303\355\240\357\277\377ab";

static uint32_t
next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void
agrees_with_jansson(void **state)
{
	unsigned both = 0, neither = 0;
	uint32_t x = 20260101;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		const char *seed = seeds[i % 3];
		struct error err = ERROR_INIT;
		struct str text = {seed, strlen(seed)};
		bool ours, theirs, too_big;
		char mutated[128];

		memcpy(mutated, seed, text.len);
		for (unsigned n = 1 + next_random(&x) % 2; n > 0; n--)
			mutated[next_random(&x) % text.len] =
			    bytes[next_random(&x) % (sizeof bytes - 1)];
		text.at = mutated;
		ours = parse(text, &err) != NULL;
		theirs = jansson_reads(text, &too_big);
		if (ours != theirs && !too_big)
			fail_msg("%.*s: ours %d, jansson %d", STR(text), ours, theirs);
		both += ours;
		neither += !ours;
	}
	assert_true(both > 20000 && neither > 20000);
}

/* Every byte, at every place in a word of the machine, comes back or is replaced. */
static void
writes_every_byte(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++)
		for (size_t at = 0; at < 17; at++) {
			char text[18] = "aaaaaaaaaaaaaaaaa";
			struct buf out = BUF_INIT;
			struct json_writer w = json_writer_to(&out);
			const struct json *back;

			text[at] = (char)byte;
			json_put_str(&w, NULL, (struct str){text, 17});
			back = json_parse(arena, buf_str(&out), &json_limits_body, NULL);
			assert_non_null(back);
			if (byte < 0x80)
				assert_true(str_equal(back->text, (struct str){text, 17}));
			else
				assert_int_equal(back->text.len, 16 + strlen("\357\277\275"));
			arena_reset(arena);
			buf_free(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_the_suite),
	    cmocka_unit_test(reads_and_writes),
	    cmocka_unit_test(names_the_place),
	    cmocka_unit_test(borrows_what_needs_no_decoding),
	    cmocka_unit_test(keeps_to_its_limits),
	    cmocka_unit_test(finds_names_given_twice),
	    cmocka_unit_test(refuses_what_the_arena_cannot_hold),
	    cmocka_unit_test(writes_what_it_is_given),
    cmocka_unit_test(writes_every_byte),
	    cmocka_unit_test(merges_patches),
	    cmocka_unit_test(reads_whole_numbers),
	    cmocka_unit_test(finds_and_adds_members),
	    cmocka_unit_test(agrees_with_jansson),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
