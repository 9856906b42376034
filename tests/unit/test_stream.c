/*
 * A stream opens with its key, whole and in order, and in no other way; and it is what an
 * implementation of its own writes (tests/secretstream.py).
 */
#include "tests/unit/vectors.h"

#include "keys/stream.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEY "010102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define TEXT "a customer's file"
#define CHUNK 5
/* write(KEY, "transit/billing", "vault:v1:AAAA", 40 41 .. 57, 5, TEXT) */
#define HEAD \
	"766c747374726d3100000005000f7472616e7369742f62696c6c696e67000d7661756c743a76313a" \
	"41414141404142434445464748494a4b4c4d4e4f5051525354555657"
#define CHUNKS \
	"0da2b8239c78c877e07381c6b196fbf668a6cede51d7" \
	"563e2ccd8121cbffad2c2ddecab330b794ed69b3681b" \
	"90d1185ade8a0a0d63af9e8f53b6289506e05e82a93a" \
	"cb95685ee3fdcac8cc3ae9afdb039471fb8a80"
/* The same key and nonce, "a cus" with the tag PUSH (1), "t" with FINAL. */
#define OTHER_TAG \
	"0ca2b8239c78026b9a27aad58bfbc1829dd65dffe9b4" \
	"8171a57db01d12f1d96632ba6941bfab89db"

static struct str
part(const struct buf *b, size_t from, size_t len)
{
	return (struct str){(const char *)b->data + from, len};
}

/* Whether a whole stream opens, as a reader of it goes. */
static bool
opens(const char *key_hex, struct str bytes, struct buf *text)
{
	struct secret *key = secret_of(key_hex);
	struct stream_head h;
	int head = stream_parse(&h, bytes, NULL);
	struct stream *s = NULL;
	bool last = false, good = head > 0;

	if (good)
		s = stream_read(key, &h, (struct str){bytes.at, (size_t)head});
	for (size_t at = (size_t)head; good && at < bytes.len;) {
		size_t len = bytes.len - at;

		if (len > h.chunk + STREAM_OVERHEAD)
			len = h.chunk + STREAM_OVERHEAD;
		good = !last &&
		       stream_get(s, (struct str){bytes.at + at, len}, &last, text, NULL) == 0;
		at += len;
	}
	stream_free(&s);
	secret_free(&key);
	return good && last;
}

static struct buf
write_stream(const char *text, uint32_t chunk)
{
	struct secret *key = secret_of(KEY);
	struct stream_head h = {chunk, str_of("transit/billing"), str_of("vault:v1:AAAA"), {0}};
	struct buf out = BUF_INIT;
	struct stream *s = stream_write(key, &h, &out, NULL);
	struct str left = str_of(text);

	for (; left.len > chunk; left = str_from(left, chunk))
		stream_put(s, (struct str){left.at, chunk}, false, &out);
	stream_put(s, left, true, &out);
	stream_free(&s);
	secret_free(&key);
	return out;
}

static void
test_known_answer(void **state)
{
	struct buf bytes = bytes_of(HEAD CHUNKS), text = BUF_INIT;
	struct stream_head h;

	(void)state;
	assert_int_equal(stream_parse(&h, buf_str(&bytes), NULL), strlen(HEAD) / 2);
	assert_int_equal(h.chunk, CHUNK);
	assert_true(str_is(h.key, "transit/billing"));
	assert_true(str_is(h.wrapped, "vault:v1:AAAA"));
	assert_true(opens(KEY, buf_str(&bytes), &text));
	assert_true(str_is(buf_str(&text), TEXT));
	assert_false(opens(OTHER_KEY, buf_str(&bytes), &text));
	buf_free(&bytes), buf_free(&text);
}

/* What is authentic and still not of the format. */
static void
test_other_tags(void **state)
{
	struct buf bytes = bytes_of(HEAD OTHER_TAG), text = BUF_INIT;

	(void)state;
	assert_false(opens(KEY, buf_str(&bytes), &text));
	assert_int_equal(text.len, 0);
	buf_free(&bytes), buf_free(&text);
}

static void
test_what_was_written_opens(void **state)
{
	static const char *const texts[] = {"", "1", "1234", "12345", "123456", TEXT};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct buf bytes = write_stream(texts[i], CHUNK), text = BUF_INIT;

		assert_true(opens(KEY, buf_str(&bytes), &text));
		assert_true(str_is(buf_str(&text), texts[i]));
		buf_free(&bytes), buf_free(&text);
	}
}

static void
test_no_two_streams_are_alike(void **state)
{
	struct buf one = write_stream(TEXT, CHUNK), other = write_stream(TEXT, CHUNK);

	(void)state;
	assert_int_equal(one.len, other.len);
	assert_memory_not_equal(one.data, other.data, one.len);
	buf_free(&one), buf_free(&other);
}

static void
test_every_changed_byte_shows(void **state)
{
	struct buf bytes = bytes_of(HEAD CHUNKS), text = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 1;
		assert_false(opens(KEY, buf_str(&bytes), &text));
		bytes.data[i] ^= 1;
	}
	buf_free(&bytes), buf_free(&text);
}

static void
test_every_cut_shows(void **state)
{
	struct buf bytes = bytes_of(HEAD CHUNKS), text = BUF_INIT;

	(void)state;
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(opens(KEY, part(&bytes, 0, len), &text));
	buf_put_u8(&bytes, 0);
	assert_false(opens(KEY, buf_str(&bytes), &text));
	buf_free(&bytes), buf_free(&text);
}

/* The chunks of the known stream in other orders, and beside those of another. */
static void
test_every_other_order_shows(void **state)
{
	static const struct {
		int chunks[6]; /* -1 ends them; 10 and more are those of the other stream */
		bool good;
	} cases[] = {
	    {{0, 1, 2, 3, -1}, true},
	    {{1, 0, 2, 3, -1}, false},
	    {{0, 2, 1, 3, -1}, false},
	    {{0, 1, 3, -1}, false},
	    {{1, 2, 3, -1}, false},
	    {{3, -1}, false},
	    {{0, 1, 1, 2, 3, -1}, false},
	    {{0, 1, 2, 3, 3, -1}, false},
	    {{0, 1, 2, -1}, false},
	    {{0, 11, 2, 3, -1}, false},
	    {{0, 1, 2, 13, -1}, false},
	    {{10, 1, 2, 3, -1}, false},
	};
	const size_t head = strlen(HEAD) / 2, whole = CHUNK + STREAM_OVERHEAD;
	struct buf bytes = bytes_of(HEAD CHUNKS), other = write_stream(TEXT, CHUNK);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf made = BUF_INIT, text = BUF_INIT;

		buf_put_str(&made, part(&bytes, 0, head));
		for (const int *c = cases[i].chunks; *c >= 0; c++) {
			size_t n = (size_t)(*c % 10), from = head + n * whole;

			buf_put_str(&made, part(*c < 10 ? &bytes : &other, from,
					       n < 3 ? whole : bytes.len - from));
		}
		assert_int_equal(opens(KEY, buf_str(&made), &text), cases[i].good);
		buf_free(&made), buf_free(&text);
	}
	buf_free(&bytes), buf_free(&other);
}

static void
test_heads(void **state)
{
	static const struct {
		const char *hex;
		int rc;
		enum error_code code;
	} cases[] = {
	    {"-", 0, ERR_NONE},
	    {"766c747374726d", 0, ERR_NONE},
	    {"766c747374726d31", 0, ERR_NONE},
	    {"766c747374726d310000000500017400", 0, ERR_NONE},
	    {"766c747374726d32", -1, ERR_UNSUPPORTED},
	    {"7661756c743a7631", -1, ERR_INVALID},
	    /* no chunk, a chunk of more than 1 MiB, no key, no wrapped data key */
	    {"766c747374726d310000000000017400017740414243444546474849"
	     "4a4b4c4d4e4f5051525354555657",
		-1, ERR_INVALID},
	    {"766c747374726d310010000100017400017740414243444546474849"
	     "4a4b4c4d4e4f5051525354555657",
		-1, ERR_INVALID},
	    {"766c747374726d31000000050000000177404142434445464748494a"
	     "4b4c4d4e4f5051525354555657",
		-1, ERR_INVALID},
	    {"766c747374726d31000000050001740000404142434445464748494a"
	     "4b4c4d4e4f5051525354555657",
		-1, ERR_INVALID},
	};
	struct stream_head h;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf bytes = bytes_of(cases[i].hex);
		struct error err = ERROR_INIT;

		assert_int_equal(stream_parse(&h, buf_str(&bytes), &err), cases[i].rc);
		assert_int_equal(err.code, cases[i].code);
		buf_free(&bytes);
	}
}

/* Names that are too long are refused when they are written, and when they are read. */
static void
test_long_heads(void **state)
{
	struct secret *key = secret_of(KEY);
	char name[STREAM_HEAD_MOST] = "";
	struct stream_head h = {CHUNK, {name, sizeof name}, str_of("w"), {0}};
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;

	(void)state;
	assert_null(stream_write(key, &h, &out, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(out.len, 0);
	buf_put_text(&out, "vltstrm1");
	buf_put_u32(&out, CHUNK);
	buf_put_u16(&out, UINT16_MAX);
	buf_put(&out, name, sizeof name);
	error_clear(&err);
	assert_int_equal(stream_parse(&h, buf_str(&out), &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	buf_free(&out);
	secret_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_answer),
	    cmocka_unit_test(test_other_tags),
	    cmocka_unit_test(test_what_was_written_opens),
	    cmocka_unit_test(test_no_two_streams_are_alike),
	    cmocka_unit_test(test_every_changed_byte_shows),
	    cmocka_unit_test(test_every_cut_shows),
	    cmocka_unit_test(test_every_other_order_shows),
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_long_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
