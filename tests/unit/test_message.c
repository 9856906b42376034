/*
 * Every payload comes back as it was written, and nothing else is taken for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/possession.h"
#include "vaultd/ipc/message.h"

#define TEXT(s) \
	{ \
		s, sizeof(s) - 1 \
	}
#define ABSENT \
	{ \
		NULL, 0 \
	}

static const struct frame_start a_start = {TEXT("hublet = \"na1\""), TEXT("/etc/v.hcl"),
    TEXT("server"), TEXT("key"), TEXT("ca"), ABSENT, true, 4};
static const struct frame_gate a_gate = {7};
static const struct frame_status a_status = {true, TEXT("unsealed, 2 gates")};
static const struct frame_text a_text = {TEXT("no such file")};
static const struct frame_tls a_tls = {TEXT("server"), TEXT("key"), TEXT("ca"), TEXT("crl"),
    TEXT("na1.example"), TEXT("marks"), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2,
    {TEXT("10.0.0.0/8"), TEXT("fd00::/8")}};
static const struct frame_nonces a_nonces = {TEXT("0123456789abcdef0123456789abcdef"
						  "0123456789abcdef0123456789abcdef")};
static const struct frame_peer a_peer = {{1, UINT32_MAX}, TEXT("::1"), 65535, TEXT("\1\0\0\0")};
static const struct frame_request a_request = {{9, 8}, METHOD_OTHER, TEXT("/v1/a?b"), ABSENT,
    TEXT("hvs.x"), TEXT(""), ABSENT, TEXT("*/*"), TEXT("{\"a\":1}")};
static const struct frame_conn a_conn = {{3, 4}};
static const struct frame_reply a_reply = {
    {3, 4}, 599, true, TEXT("application/json"), ABSENT, 3, TEXT("GET"), TEXT("{}")};

static const struct frame_hooks a_hooks = {true, TEXT("vaultd"), 1, UINT32_MAX, 3, 4, 5};
static const struct frame_run a_run = {1, TEXT("postgres"), 60, TEXT("{}")};
static const struct frame_ran a_ran = {1, RAN_REFUSED, 9, TEXT("{}"), TEXT("")};

/* Functions of one kind of payload, for any struct. */
struct kind {
	const char *name;
	const void *sample;
	void (*put)(struct buf *out, const void *f);
	bool (*get)(struct str payload, void *f);
};

/* clang-format off */
#define FUNCTIONS(k) \
	static void put_##k(struct buf *out, const void *f) { frame_put_##k(out, f); } \
	static bool get_##k(struct str payload, void *f) { return frame_get_##k(payload, f); }
FUNCTIONS(start) FUNCTIONS(gate) FUNCTIONS(status) FUNCTIONS(text) FUNCTIONS(tls)
FUNCTIONS(nonces) FUNCTIONS(peer) FUNCTIONS(request) FUNCTIONS(conn) FUNCTIONS(reply)
FUNCTIONS(hooks) FUNCTIONS(run) FUNCTIONS(ran)
#define KIND(k) { #k, &a_##k, put_##k, get_##k }
static const struct kind kinds[] = {
	KIND(start), KIND(gate), KIND(status), KIND(text), KIND(tls),
	KIND(nonces), KIND(peer), KIND(request), KIND(conn), KIND(reply),
	KIND(hooks), KIND(run), KIND(ran),
};
/* clang-format on */
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

union any {
	struct frame_start start;
	struct frame_tls tls;
	struct frame_request request;
	struct frame_reply reply;
};

static void
test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct buf once = BUF_INIT, twice = BUF_INIT;
		union any read;

		kinds[i].put(&once, kinds[i].sample);
		if (!kinds[i].get(buf_str(&once), &read))
			fail_msg("%s cannot be read", kinds[i].name);
		kinds[i].put(&twice, &read);
		assert_int_equal(once.len, twice.len);
		assert_memory_equal(once.data, twice.data, once.len);
		buf_free(&once);
		buf_free(&twice);
	}
}

static void
test_fields_are_kept(void **state)
{
	struct buf out = BUF_INIT;
	struct frame_request r;

	(void)state;
	frame_put_request(&out, &a_request);
	assert_true(frame_get_request(buf_str(&out), &r));
	assert_int_equal(r.conn.number, 9);
	assert_int_equal(r.conn.generation, 8);
	assert_int_equal(r.method, METHOD_OTHER);
	assert_true(str_is(r.target, "/v1/a?b"));
	assert_null(r.content_type.at);
	assert_true(str_is(r.token, "hvs.x"));
	assert_non_null(r.space.at); /* sent, and empty: not the same as not sent */
	assert_int_equal(r.space.len, 0);
	assert_null(r.wrap_ttl.at);
	assert_true(str_is(r.accept, "*/*"));
	assert_true(str_is(r.body, "{\"a\":1}"));
	buf_free(&out);
}

/* A payload cut short anywhere, or with a byte behind it, is refused. */
static void
test_wrong_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct buf out = BUF_INIT;
		union any read;

		kinds[i].put(&out, kinds[i].sample);
		for (size_t n = 0; n < out.len; n++)
			assert_false(kinds[i].get((struct str){(char *)out.data, n}, &read));
		buf_put_u8(&out, 0);
		assert_false(kinds[i].get(buf_str(&out), &read));
		buf_free(&out);
	}
}

/* One byte of a good payload is changed: */
static const struct {
	const char *kind;
	int at;
	uint8_t to;
	bool good;
} changes[] = {
    {"status", 0, 0, true},
    {"status", 0, 2, false}, /* a bool is 0 or 1 */
    {"status", 1, 1, false}, /* a length beyond the payload */
    {"request", 11, METHOD_OTHER, true},
    {"request", 11, METHOD_OTHER + 1, false},
    {"request", 8, 1, false},  /* a method of four bytes */
    {"reply", 8, 0x03, false}, /* status 0x0357 = 855 */
    {"reply", 8, 0x00, false}, /* status 0x57 = 87 */
    {"reply", 10, 2, false},
    {"nonces", 3, 63, false},
};

static void
test_changed_byte(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(changes) / sizeof(changes[0]); c++)
		for (size_t i = 0; i < KINDS; i++) {
			struct buf out = BUF_INIT;
			union any read;

			if (strcmp(kinds[i].name, changes[c].kind) != 0)
				continue;
			kinds[i].put(&out, kinds[i].sample);
			out.data[changes[c].at] = changes[c].to;
			if (kinds[i].get(buf_str(&out), &read) != changes[c].good)
				fail_msg("change %zu of %s", c, kinds[i].name);
			buf_free(&out);
		}
}

static void
test_counts_are_bounded(void **state)
{
	struct frame_tls tls = a_tls, read;
	struct frame_nonces nonces = {TEXT("0123456789abcdef0123456789abcdef0")}, got;
	struct buf out = BUF_INIT;

	(void)state;
	tls.networks = 32;
	frame_put_tls(&out, &tls);
	assert_true(frame_get_tls(buf_str(&out), &read));
	assert_int_equal(read.networks, 32);
	/* One more, and the str that it promises. */
	buf_clear(&out);
	tls.networks = 0;
	frame_put_tls(&out, &tls);
	out.data[out.len - 1] = 33;
	for (int i = 0; i < 33; i++)
		buf_put_u32(&out, 0);
	assert_false(frame_get_tls(buf_str(&out), &read));
	buf_clear(&out);
	frame_put_nonces(&out, &nonces);
	assert_false(frame_get_nonces(buf_str(&out), &got));
	buf_free(&out);
}

/* The table: every frame has a name and two sides; what bears keys or values is secret. */
static void
test_rules(void **state)
{
	static const enum frame_type secret[] = {
	    FRAME_START, FRAME_RELOAD, FRAME_TLS, FRAME_NONCES, FRAME_REQUEST, FRAME_REPLY,
	    FRAME_RUN, FRAME_RAN};
	unsigned secrets = 0;

	(void)state;
	for (int i = 1; i < FRAME_TYPES; i++) {
		assert_non_null(frame_rules[i].name);
		assert_int_not_equal(frame_rules[i].from, frame_rules[i].to);
		assert_true(frame_rules[i].limit <= FRAME_BODY_MAX);
		assert_int_equal(
		    frame_rules[i].descriptor,
		    i == FRAME_GATE || i == FRAME_CHANNEL || i == FRAME_RUNNER);
		secrets += frame_rules[i].secret;
	}
	assert_int_equal(secrets, sizeof(secret) / sizeof(secret[0]));
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		assert_true(frame_rules[secret[i]].secret);
	assert_true(frame_rules[FRAME_PEER].limit >= POSSESSION_MAX + 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_fields_are_kept),
	    cmocka_unit_test(test_wrong_length),
	    cmocka_unit_test(test_changed_byte),
	    cmocka_unit_test(test_counts_are_bounded),
	    cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
