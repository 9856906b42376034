/*
 * Writing DER: what is written is what the strict reader takes, and OIDs and times come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "policy/der_write.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void
assert_hex(struct buf *b, const char *hex)
{
	struct buf text = BUF_INIT;

	hex_encode(&text, b->data, b->len);
	if (!str_is(buf_str(&text), hex))
		fail_msg("%.*s, not %s", STR(buf_str(&text)), hex);
	buf_free(&text);
	buf_free(b);
}

static void
test_elements(void **unused)
{
	struct buf b = BUF_INIT;

	(void)unused;
	der_put_small(&b, 0);
	assert_hex(&b, "020100");
	der_put_small(&b, 127);
	assert_hex(&b, "02017f");
	der_put_small(&b, 128);
	assert_hex(&b, "02020080");
	der_put_positive(&b, (struct str){"\x00\x00\x01", 3});
	assert_hex(&b, "020101");
	der_put_true(&b);
	assert_hex(&b, "0101ff");
	der_put_octet_bits(&b, (struct str){"\xab", 1});
	assert_hex(&b, "030200ab");
	der_put_named_bits(&b, 1 << 0);
	assert_hex(&b, "03020780");
	der_put_named_bits(&b, 1 << 5 | 1 << 6);
	assert_hex(&b, "03020106");
	der_put_named_bits(&b, 1 << 8);
	assert_hex(&b, "0303070080");
	der_put_string(&b, str_of("Dev One"));
	assert_hex(&b, "1307446576204f6e65");
	der_put_string(&b, str_of("a@b"));
	assert_hex(&b, "0c03614062");
}

/* Lengths take as many octets as they need, wherever the element stands. */
static void
test_lengths(void **unused)
{
	static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536};

	(void)unused;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct buf b = BUF_INIT, content = BUF_INIT;
		struct der outer, inner, whole;
		size_t opened;

		memset(buf_reserve(&content, sizes[i]), 'x', sizes[i]);
		content.len = sizes[i];
		opened = der_open(&b, DER_SEQUENCE);
		der_put(&b, DER_OCTET_STRING, buf_str(&content));
		der_put_small(&b, 7);
		der_close(&b, opened);
		whole = der_of(b.data, b.len);
		assert_true(der_take(&whole, DER_SEQUENCE, &outer) && der_done(&whole));
		assert_true(der_take(&outer, DER_OCTET_STRING, &inner));
		assert_int_equal(inner.left, sizes[i]);
		assert_true(der_take_integer(&outer, &inner) && der_done(&outer));
		buf_free(&content);
		buf_free(&b);
	}
}

static void
test_times(void **unused)
{
	static const int64_t times[] = {
	    0, 951782400, 1764064800, 2524607999, 2524608000, 4102444800};

	(void)unused;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct buf b = BUF_INIT;
		struct der d;
		int64_t back = -1;

		der_put_time(&b, times[i]);
		d = der_of(b.data, b.len);
		assert_true(der_take_time(&d, &back));
		assert_int_equal(back, times[i]);
		buf_free(&b);
	}
}

static void
test_oids(void **unused)
{
	static const struct {
		const char *dotted, *hex; /* NULL: refused */
	} cases[] = {
	    {"2.5.29.17", "551d11"},
	    {"1.3.6.1.4.1.311.20.2.3", "2b060104018237140203"},
	    {"2.999.1", "883701"},
	    {"0.39", "27"},
	    {"", NULL},
	    {"1", NULL},
	    {"3.1", NULL},
	    {"1.40", NULL},
	    {"1.2.", NULL},
	    {"1..2", NULL},
	    {"1.2.x", NULL},
	    {"1.2.99999999999999999999", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = BUF_INIT;
		bool is = der_encode_oid(&b, str_of(cases[i].dotted));

		assert_int_equal(is, cases[i].hex != NULL);
		if (is)
			assert_hex(&b, cases[i].hex);
		assert_int_equal(b.len, 0);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_elements),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_oids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
