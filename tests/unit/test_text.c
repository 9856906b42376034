/*
 * Encodings are exact: what is written is read back, and nothing looser is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void
codes_hex(void **state)
{
	static const char *const bad[] = {"0", "0g", "g0", " 0", "0x00", "0102zz"};
	struct buf b = BUF_INIT;

	(void)state;
	hex_encode(&b, "\0\x09\xaf\xff", 4);
	assert_true(str_is(buf_str(&b), "0009afff"));
	buf_clear(&b);
	assert_true(hex_decode(&b, str_of("0009aFFf")));
	assert_memory_equal(b.data, "\0\x09\xaf\xff", 4);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(hex_decode(&b, str_of(bad[i])));
	assert_int_equal(b.len, 4);
	buf_free(&b);
}

/* RFC 4648, section 10, and the two alphabets. */
static const struct {
	const char *bytes, *std, *url;
} codings[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/", "-_-_"},
};

static void
codes_base64(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(codings); i++) {
		struct str bytes = str_of(codings[i].bytes);
		const char *forms[] = {codings[i].std, codings[i].url};

		for (enum base64_kind kind = BASE64_STD; kind <= BASE64_URL; kind++) {
			buf_clear(&b);
			base64_encode(&b, kind, bytes.at, bytes.len);
			assert_true(str_is(buf_str(&b), forms[kind]));
			buf_clear(&b);
			assert_true(base64_decode(&b, kind, str_of(forms[kind]), NULL));
			assert_true(str_equal(buf_str(&b), bytes));
		}
	}
	buf_free(&b);
}

/* Blocks and rests of every length; each digit is looked at, whatever stands around it. */
static void
codes_base64_of_any_length(void **state)
{
	uint8_t bytes[200];
	struct buf text = BUF_INIT, back = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 89 + 7);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		enum base64_kind kind = len % 2 == 0 ? BASE64_STD : BASE64_URL;
		size_t digits = (len * 4 + 2) / 3;

		buf_clear(&text), buf_clear(&back);
		base64_encode(&text, kind, bytes, len);
		assert_int_equal(text.len, kind == BASE64_STD ? (len + 2) / 3 * 4 : digits);
		assert_true(base64_decode(&back, kind, buf_str(&text), NULL));
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, bytes, len);
		for (size_t i = 0; i < digits; i++) {
			uint8_t was = text.data[i];
			size_t bad_at = 999;

			text.data[i] = i % 2 == 0 ? '.' : 0xff;
			assert_false(base64_decode(&back, kind, buf_str(&text), &bad_at));
			assert_int_equal(bad_at, i);
			assert_int_equal(back.len, len);
			text.data[i] = was;
		}
	}
	buf_free(&text), buf_free(&back);
}

static void
refuses_loose_base64(void **state)
{
	static const struct {
		enum base64_kind kind;
		const char *text;
		size_t bad_at;
	} cases[] = {
	    {BASE64_STD, "Zg", 2},
	    {BASE64_STD, "Zg=", 2},
	    {BASE64_STD, "Z", 0},
	    {BASE64_STD, "Zm9vZ===", 5},
	    {BASE64_STD, "Zh==", 1},
	    {BASE64_STD, "Zm9=", 2},
	    {BASE64_STD, "Zm\n9v", 2},
	    {BASE64_STD, "====", 0},
	    {BASE64_STD, "Zg==Zg==", 2},
	    {BASE64_STD, "-_-_", 0},
	    {BASE64_STD, "Zm9v=", 4},
	    {BASE64_STD, "Zm9v====", 4},
	    {BASE64_URL, "Zg==", 2},
	    {BASE64_URL, "+/+/", 0},
	    {BASE64_URL, "Zh", 1},
	    {BASE64_URL, "Zm9vY", 4},
	    {BASE64_STD, "Z\377==", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = BUF_INIT;
		size_t bad_at = 99;

		assert_false(base64_decode(&b, cases[i].kind, str_of(cases[i].text), &bad_at));
		assert_null(b.data);
		if (bad_at != cases[i].bad_at)
			fail_msg("%s: %zu", cases[i].text, bad_at);
	}
}

static void
knows_utf8(void **state)
{
	static const struct {
		const char *text;
		bool valid, printable;
	} cases[] = {
	    {"", true, true},
	    {"plain ~", true, true},
	    {"\303\251\342\202\254\360\237\230\200", true, true},
	    {"\364\217\277\277", true, true},
	    {"a\n", true, false},
	    {"\177", true, false},
	    {"\302\205", true, false},         /* NEL */
	    {"\302\255", true, false},         /* soft hyphen */
	    {"\342\200\256", true, false},     /* right-to-left override */
	    {"\342\200\250", true, false},     /* line separator */
	    {"\357\273\277", true, false},     /* byte order mark */
	    {"\363\240\201\201", true, false}, /* tag letter */
	    {"\200", false, false},
	    {"\300\257", false, false},
	    {"\340\237\277", false, false},
	    {"\360\217\277\277", false, false},
	    {"\355\240\200", false, false},
	    {"\364\220\200\200", false, false},
	    {"\342\202", false, false},
	    {"\342\202x", false, false},
	    {"\377", false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(utf8_valid(str_of(cases[i].text)), cases[i].valid);
		if (cases[i].valid)
			assert_int_equal(
			    utf8_printable(str_of(cases[i].text)), cases[i].printable);
	}
}

static void
puts_utf8(void **state)
{
	(void)state;
	for (uint32_t v = 0; v <= 0x10ffff; v++) {
		char bytes[4];
		size_t len = utf8_put(v, bytes);
		bool surrogate = v >= 0xd800 && v <= 0xdfff;

		assert_int_equal(utf8_length((struct str){bytes, len}), surrogate ? 0 : len);
	}
}

/* What Go reads, and how it writes it; NULL: refused. */
static const struct {
	const char *text, *again;
} durations[] = {
    {"90", "1m30s"},
    {"90s", "1m30s"},
    {"1h30m", "1h30m0s"},
    {"1.5h", "1h30m0s"},
    {"300ms", "300ms"},
    {"7d", "168h0m0s"},
    {"-1s", "-1s"},
    {"+1.5s", "1.5s"},
    {"0", "0s"},
    {".5s", "500ms"},
    {"1.s", "1s"},
    {"1500ns", "1.5\302\265s"},
    {"2us", "2\302\265s"},
    {"2\302\265s", "2\302\265s"},
    {"2\316\274s", "2\302\265s"},
    {"1ns", "1ns"},
    {"1h0.000000001s", "1h0m0.000000001s"},
    {"9223372036s", "2562047h47m16s"},
    {"-5", "-5s"},
    {"", NULL},
    {"-", NULL},
    {".", NULL},
    {"s", NULL},
    {"1.5", NULL},
    {"1h30", NULL},
    {"1x", NULL},
    {"1 s", NULL},
    {"1s ", NULL},
    {"--1s", NULL},
    {"9223372037s", NULL},
    {"2562048h", NULL},
    {"99999999999999999999s", NULL},
    {"9223372036s9223372036s", NULL},
    {"9223372036.9s", NULL},
};

static void
knows_durations(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(durations); i++) {
		int64_t ns;
		bool good = duration_parse(str_of(durations[i].text), &ns);

		if (good != (durations[i].again != NULL))
			fail_msg("%s", durations[i].text);
		if (!good)
			continue;
		buf_clear(&b);
		duration_format(&b, ns);
		if (!str_is(buf_str(&b), durations[i].again))
			fail_msg("%s: %.*s", durations[i].text, STR(buf_str(&b)));
	}
	buf_free(&b);
}

/* What Go says of those it does not read. */
static const struct {
	const char *text, *said;
} complaints[] = {
    {"soon", "time: invalid duration \"soon\""},
    {"", "time: invalid duration \"\""},
    {"-", "time: invalid duration \"-\""},
    {"5x", "time: unknown unit \"x\" in duration \"5x\""},
    {"1h5parsecs", "time: unknown unit \"parsecs\" in duration \"1h5parsecs\""},
    {"1.5", "time: missing unit in duration \"1.5\""},
    {"1h30", "time: missing unit in duration \"1h30\""},
    {"9223372037s", "time: invalid duration \"9223372037s\""},
};

static void
says_what_is_wrong_with_durations(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(complaints); i++) {
		buf_clear(&b);
		duration_complain(&b, str_of(complaints[i].text));
		if (!str_is(buf_str(&b), complaints[i].said))
			fail_msg("%s: %.*s", complaints[i].text, STR(buf_str(&b)));
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_is_wrong_with_durations),
	    cmocka_unit_test(codes_hex),
	    cmocka_unit_test(codes_base64),
	    cmocka_unit_test(codes_base64_of_any_length),
	    cmocka_unit_test(refuses_loose_base64),
	    cmocka_unit_test(knows_utf8),
	    cmocka_unit_test(puts_utf8),
	    cmocka_unit_test(knows_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
