/*
 * Buffers hold what was put, wipe what they leave; readers never pass the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
reads_what_was_put(void **state)
{
	struct buf b = BUF_INIT;
	struct reader r;

	(void)state;
	buf_put_u8(&b, 1);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x04050607);
	buf_put_u64(&b, UINT64_C(0x08090a0b0c0d0e0f));
	buf_put_block(&b, "block", 5);
	buf_put_block(&b, NULL, 0);
	buf_printf(&b, "%d-%s", 42, "x");
	for (uint8_t i = 0; i < 15; i++)
		assert_int_equal(b.data[i], i + 1);
	r = reader_of(b.data, b.len);
	assert_int_equal(reader_u8(&r), 1);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u32(&r), 0x04050607);
	assert_true(reader_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
	assert_true(str_is(reader_block(&r), "block"));
	assert_true(str_is(reader_block(&r), ""));
	assert_false(reader_done(&r));
	assert_memory_equal(reader_bytes(&r, 4), "42-x", 4);
	assert_true(reader_done(&r));
	buf_free(&b);
}

static void
stops_at_the_end(void **state)
{
	static const uint8_t bytes[] = {0, 0, 0, 2, 'a'};
	struct reader r = reader_of(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(reader_block(&r).len, 0);
	assert_true(r.bad);
	assert_int_equal(reader_u8(&r), 0);
	assert_false(reader_done(&r));
	r = reader_of(bytes, 3);
	assert_int_equal(reader_u32(&r), 0);
	assert_true(r.bad);
	r = reader_of(NULL, 0);
	assert_true(reader_done(&r));
	assert_null(reader_bytes(&r, 1));
	assert_false(reader_done(&r));
}

static void
grows(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		buf_put_u32(&b, i);
	for (unsigned i = 0; i < 100000; i++) {
		struct reader r = reader_of(b.data + i * 4, 4);

		assert_int_equal(reader_u32(&r), i);
	}
	buf_free(&b);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
wipes_what_it_leaves(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_put_text(&b, "0123456789");
	buf_drop(&b, 4);
	assert_true(str_is(buf_str(&b), "456789"));
	assert_memory_equal(b.data + 6, "\0\0\0\0", 4);
	buf_clear(&b);
	assert_memory_equal(b.data, "\0\0\0\0\0\0", 6);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_was_put),
	    cmocka_unit_test(stops_at_the_end),
	    cmocka_unit_test(grows),
	    cmocka_unit_test(wipes_what_it_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
