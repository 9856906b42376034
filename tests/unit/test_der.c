/*
 * What the DER reader takes, and what it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/der.h"

#define BYTES(literal) literal, sizeof(literal) - 1

/* One element, taken with every reader: which of them takes it whole? */
enum reader { ANY = 1, INTEGER = 2, BITS = 4, OID = 8, DEFAULT_FALSE = 16, TIME = 32 };

static const struct {
	const char *bytes;
	size_t len;
	unsigned takes;
} elements[] = {
    {BYTES("\x02\x01\x00"), ANY | INTEGER},
    {BYTES("\x02\x02\x00\x80"), ANY | INTEGER},
    {BYTES("\x02\x02\x00\x7f"), ANY},
    {BYTES("\x02\x01\x80"), ANY | INTEGER},
    {BYTES("\x02\x02\xff\x7f"), ANY | INTEGER},
    {BYTES("\x02\x02\xff\x80"), ANY},
    {BYTES("\x02\x00"), ANY},
    {BYTES("\x02\x81\x01\x00"), 0},         /* length not in its shortest form */
    {BYTES("\x02\x80\x00\x00"), 0},         /* indefinite */
    {BYTES("\x02\x82\x00\x80"), 0},         /* a leading zero */
    {BYTES("\x02\x84\x00\x00\x00\x01"), 0}, /* four octets of length */
    {BYTES("\x02\x02\x01"), 0},             /* cut short */
    {BYTES("\x02"), 0},
    {BYTES(""), DEFAULT_FALSE},
    {BYTES("\x1f\x01\x00"), 0}, /* tag in several octets */
    {BYTES("\x01\x01\xff"), ANY | DEFAULT_FALSE},
    {BYTES("\x01\x01\x00"), ANY},
    {BYTES("\x01\x01\x01"), ANY},
    {BYTES("\x01\x02\xff\xff"), ANY},
    {BYTES("\x03\x01\x00"), ANY | BITS},
    {BYTES("\x03\x02\x07\x80"), ANY | BITS},
    {BYTES("\x03\x02\x07\xc0"), ANY}, /* an unused bit is set */
    {BYTES("\x03\x02\x08\x00"), ANY},
    {BYTES("\x03\x01\x01"), ANY},
    {BYTES("\x03\x00"), ANY},
    {BYTES("\x06\x03\x55\x1d\x0f"), ANY | OID},
    {BYTES("\x06\x03\x55\x80\x0f"), ANY}, /* an arc with a leading zero */
    {BYTES("\x06\x02\x55\x8f"), ANY},     /* the last arc does not end */
    {BYTES("\x06\x00"), ANY},
    {BYTES("\x17\x0d"
	   "261124142701Z"),
	ANY | TIME},
    {BYTES("\x17\x0d"
	   "491231235959Z"),
	ANY | TIME},
    {BYTES("\x17\x0d"
	   "500101000000Z"),
	ANY | TIME}, /* 1950 */
    {BYTES("\x17\x0d"
	   "240229000000Z"),
	ANY | TIME},
    {BYTES("\x17\x0d"
	   "230229000000Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "261324142701Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "260024142701Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "261100142701Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "261124242701Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "261124142760Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "2611241427 1Z"),
	ANY},
    {BYTES("\x17\x0d"
	   "2611241427010"),
	ANY},
    {BYTES("\x17\x0b"
	   "2611241427Z"),
	ANY},
    {BYTES("\x17\x11"
	   "261124142701+0000"),
	ANY},
    {BYTES("\x18\x0f"
	   "20500101000000Z"),
	ANY | TIME},
    {BYTES("\x18\x0f"
	   "20491231235959Z"),
	ANY}, /* UTCTime until then */
    {BYTES("\x18\x0f"
	   "21000229000000Z"),
	ANY},
    {BYTES("\x18\x0f"
	   "99991231235959Z"),
	ANY | TIME},
    {BYTES("\x18\x11"
	   "20500101000000.5Z"),
	ANY},
};

static void
takes_only_der(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		struct der d = der_of(elements[i].bytes, elements[i].len), copy, content;
		unsigned taken = 0, tag, unused;
		struct str oid;
		int64_t seconds;
		bool value;

		copy = d;
		taken |= der_take_any(&copy, &tag, &content, NULL) && der_done(&copy) ? ANY : 0;
		copy = d;
		taken |= der_take_integer(&copy, &content) ? INTEGER : 0;
		copy = d;
		taken |= der_take_bits(&copy, &content, &unused) ? BITS : 0;
		copy = d;
		taken |= der_take_oid(&copy, &oid) ? OID : 0;
		copy = d;
		taken |= der_take_default_false(&copy, &value) && der_done(&copy)
			     ? DEFAULT_FALSE
			     : 0;
		copy = d;
		taken |= der_take_time(&copy, &seconds) ? TIME : 0;
		if (taken != elements[i].takes)
			fail_msg(
			    "element %zu: taken as %#x, not %#x", i, taken, elements[i].takes);
	}
}

static void
long_lengths(void **state)
{
	uint8_t bytes[70000] = {0x04, 0x82, 0x01, 0x00};
	struct der d = der_of(bytes, 260), content;
	unsigned tag;

	(void)state;
	assert_true(der_take(&d, DER_OCTET_STRING, &content));
	assert_int_equal(content.left, 256);
	memcpy(bytes, "\x04\x83\x01\x00\x00", 5);
	d = der_of(bytes, 5 + 65536);
	assert_true(der_take_any(&d, &tag, &content, NULL));
	assert_int_equal(content.left, 65536);
	d = der_of(bytes, 5 + 65535);
	assert_false(der_take_any(&d, &tag, &content, NULL));
	assert_int_equal(d.left, 5 + 65535);
}

static void
knows_the_calendar(void **state)
{
	static const struct {
		const char *bytes;
		int64_t seconds;
	} times[] = {
	    {"\x17\x0d"
	     "700101000000Z",
		0},
	    {"\x17\x0d"
	     "691231235959Z",
		-1},
	    {"\x17\x0d"
	     "000229120000Z",
		951825600},
	    {"\x17\x0d"
	     "000301000000Z",
		951868800},
	    {"\x17\x0d"
	     "270115080000Z",
		1800000000},
	    {"\x18\x0f"
	     "21000301000000Z",
		4107542400},
	    {"\x18\x0f"
	     "99991231235959Z",
		253402300799},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct der d = der_of(times[i].bytes, strlen(times[i].bytes));
		int64_t seconds;

		assert_true(der_take_time(&d, &seconds));
		assert_int_equal(seconds, times[i].seconds);
	}
}

static void
formats_oids(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text; /* "": it does not fit */
	} oids[] = {
	    {BYTES("\x55\x1d\x0f"), "2.5.29.15"},
	    {BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), "1.2.840.113549.1.1.11"},
	    {BYTES("\x00"), "0.0"},
	    {BYTES("\x27"), "0.39"},
	    {BYTES("\x28"), "1.0"},
	    {BYTES("\x4f"), "1.39"},
	    {BYTES("\x50"), "2.0"},
	    {BYTES("\x88\x37"), "2.999"},
	    {BYTES("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "1.2.9223372036854775807"},
	    {BYTES("\x2a\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "1.2.18446744073709551615"},
	    {BYTES("\x2a\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00"), ""},
	    {BYTES("\x2a\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"), ""},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		struct str oid = {oids[i].bytes, oids[i].len};
		size_t len = der_format_oid(oid, text, sizeof(text));

		assert_int_equal(len, strlen(oids[i].text));
		assert_memory_equal(text, oids[i].text, len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_only_der),
	    cmocka_unit_test(long_lengths),
	    cmocka_unit_test(knows_the_calendar),
	    cmocka_unit_test(formats_oids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
