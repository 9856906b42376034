/*
 * A gate replaced by hostile code acts as nobody who has not shaken hands with it, and neither
 * crashes, blocks nor fills the keeper, which serves the other gates on.
 *
 * FRAMES=1000000 sends that many random frames (usual: 100000); SEED=n repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "tests/unit/real_keeper.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BURST 10 /* frames sent at once */
#define HEALTH "/v1/sys/health?sealedcode=200&uninitcode=200"
/* Kilobytes that a keeper under attack may need more, and for one that does not read what it
 * makes the keeper say.  The sanitizers keep what was freed. */
#ifdef __SANITIZE_ADDRESS__
#define SLACK 8
#else
#define SLACK 1
#endif
#define GROWTH (SLACK * 64 * 1024)
#define UNREAD (SLACK * 128 * 1024)

enum place { HONEST, HOSTILE, THIRD }; /* gates, by index */

static struct cert *ca, *server, *operator, *billing;
static struct real *keeper;
static struct hand *honest;
static char share[128];
static const struct conn_name one = {1, 1}, two = {2, 1};

static int
set_up(void **state)
{
	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	operator = certs_leaf(REAL_OPERATOR, ca, NULL);
	billing = certs_leaf("spiffe://na1.example/svc/billing", ca, NULL);
	keeper = real_start(server, ca);
	honest = hand_open(keeper, HONEST);
	hand_enter(keeper, honest, one, operator);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	hand_close(&honest);
	real_stop(&keeper);
	certs_free(&billing);
	certs_free(&operator);
	certs_free(&server);
	certs_free(&ca);
	return 0;
}

/* The keeper lives, and an operator at another gate is answered. */
static void
serves(void)
{
	int status;

	assert_true(real_lives(keeper));
	status = hand_ask(honest, one, METHOD_GET, HEALTH, NULL, NULL);
	if (status != 200)
		fail_msg("the honest gate got %d", status);
}

static int
asks(struct hand *h, struct conn_name conn)
{
	return hand_ask(h, conn, METHOD_GET, HEALTH, NULL, NULL);
}

static void
send_peer(struct hand *h, const struct buf *peer)
{
	struct buf frame = BUF_INIT;

	hand_put_frame(&frame, FRAME_PEER, buf_str(peer));
	assert_int_equal(hand_write(h, frame.data, frame.len, 0), 1);
	buf_free(&frame);
}

/* ---- as whom it can act ---- */

/* What it says of connections that nobody has proven is answered with their end. */
static void
acts_as_nobody(void **unused)
{
	static const struct conn_name names[] = {{1, 1}, {1, 0}, {0, 0}, {2, 1}, {1, 2},
	    {UINT32_MAX, UINT32_MAX}, {1u << 20, 1}};
	struct hand *h = hand_open(keeper, HOSTILE);

	(void)unused;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(asks(h, names[i]), 0);
	hand_enter(keeper, h, (struct conn_name){1, 7}, billing);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(asks(h, names[i]), 0);
	assert_int_equal(asks(h, (struct conn_name){1, 7}), 200);
	hand_close(&h);
	serves();
}

/* A handshake counts once, for the gate whose nonce is in it. */
static void
replays_nothing(void **unused)
{
	struct hand *h = hand_open(keeper, HOSTILE), *third = hand_open(keeper, THIRD);
	uint8_t nonce[NONCE_BYTES];
	struct buf peer = BUF_INIT;

	(void)unused;
	hand_nonce(third, nonce);
	hand_handshake(keeper, two, operator, nonce, &peer);
	send_peer(h, &peer);
	assert_int_equal(asks(h, two), 0); /* another gate's nonce */
	send_peer(third, &peer);
	assert_int_equal(asks(third, two), 200);
	assert_int_equal(asks(h, two), 0); /* another gate's connection */
	send_peer(third, &peer);
	assert_int_equal(asks(third, two), 0); /* again, it ends what it was */
	send_peer(h, &peer);
	assert_int_equal(asks(h, two), 0);
	hand_close(&third);
	third = hand_open(keeper, THIRD);
	send_peer(third, &peer);
	assert_int_equal(asks(third, two), 0); /* in the next life of that gate */
	buf_free(&peer);
	hand_close(&third);
	hand_close(&h);
	serves();
}

/* No changed byte of a handshake is believed, and each leaves the nonce as good as it was. */
static void
invents_nothing(void **unused)
{
	struct hand *h = hand_open(keeper, HOSTILE);
	uint8_t nonce[NONCE_BYTES];
	struct buf peer = BUF_INIT;

	(void)unused;
	hand_nonce(h, nonce);
	hand_handshake(keeper, two, operator, nonce, &peer);
	/* The address and its port, in front of the messages, are the gate's word. */
	for (size_t i = 8 + 4 + strlen("127.0.0.1") + 2 + 4; i < peer.len; i += 37) {
		peer.data[i] ^= 0x20;
		send_peer(h, &peer);
		if (asks(h, two) != 0)
			fail_msg("byte %zu of a handshake may be changed", i);
		peer.data[i] ^= 0x20;
	}
	send_peer(h, &peer);
	assert_int_equal(asks(h, two), 200);
	buf_free(&peer);
	hand_close(&h);
	serves();
}

/* An answer goes to the life of the gate that asked, and to no other. */
static void
hears_no_other(void **unused)
{
	struct hand *h = hand_open(keeper, HOSTILE), *third = hand_open(keeper, THIRD);

	(void)unused;
	hand_enter(keeper, third, two, operator);
	hand_enter(keeper, h, two, billing);
	assert_int_equal(asks(h, two), 200);
	assert_int_equal(asks(third, two), 200);
	assert_int_equal(hand_replies(h), 1);
	for (int i = 0; i < 50; i++) {
		hand_send(third, two, METHOD_PUT, "/v1/sys/policies/acl/p", "{\"policy\":\"\"}");
		hand_close(&third);
		third = hand_open(keeper, THIRD);
		hand_hear(third, 20);
		assert_int_equal(hand_replies(third), 0);
	}
	hand_hear(h, 50);
	assert_int_equal(hand_replies(h), 1);
	hand_close(&third);
	hand_close(&h);
	serves();
}

static void
read_share(const struct buf *body)
{
	const char *at = strstr((const char *)body->data, "\"keys_base64\":[\"");

	assert_non_null(at);
	at += strlen("\"keys_base64\":[\"");
	snprintf(share, sizeof(share), "{\"key\":\"%.*s\"}", (int)strcspn(at, "\""), at);
}

/* Even with the share in hand: only an operator who is at that gate unseals. */
static void
unseals_nothing(void **unused)
{
	struct hand *h = hand_open(keeper, HOSTILE);
	struct buf body = BUF_INIT;

	(void)unused;
	assert_int_equal(hand_ask(h, one, METHOD_PUT, "/v1/sys/init", "{}", NULL), 0);
	hand_enter(keeper, h, two, billing);
	assert_int_equal(hand_ask(h, two, METHOD_PUT, "/v1/sys/init",
			     "{\"secret_shares\":1,\"secret_threshold\":1}", NULL),
	    403);
	assert_int_equal(hand_ask(honest, one, METHOD_PUT, "/v1/sys/init",
			     "{\"secret_shares\":1,\"secret_threshold\":1}", &body),
	    200);
	buf_put_u8(&body, '\0');
	read_share(&body);
	assert_int_equal(hand_ask(h, one, METHOD_PUT, "/v1/sys/unseal", share, NULL), 0);
	assert_int_equal(hand_ask(h, two, METHOD_PUT, "/v1/sys/unseal", share, NULL), 403);
	assert_int_equal(hand_ask(honest, one, METHOD_GET, "/v1/sys/health", NULL, NULL), 503);
	assert_int_equal(hand_ask(honest, one, METHOD_PUT, "/v1/sys/unseal", share, NULL), 200);
	assert_int_equal(hand_ask(honest, one, METHOD_GET, "/v1/sys/health", NULL, NULL), 200);
	buf_free(&body);
	hand_close(&h);
}

/* ---- what ends it ---- */

#define FRAME(type, payload) (type), (payload), sizeof(payload) - 1

/* At the first frame that a gate may not send now, or with a descriptor, it is cut off. */
static void
is_cut_off(void **unused)
{
	static const struct {
		const char *what;
		uint32_t type;
		const char *payload;
		size_t len;
		uint32_t pad, claim; /* claim: the length in the head, when not that of the payload */
		unsigned before, descriptors; /* before: how many LISTENING go in front */
	} cases[] = {
	    {"no frame", FRAME(0, "")},
	    {"START", FRAME(FRAME_START, "")},
	    {"RELOAD", FRAME(FRAME_RELOAD, "")},
	    {"GATE", FRAME(FRAME_GATE, "\0\0\0\3")},
	    {"GATE with a descriptor", FRAME(FRAME_GATE, "\0\0\0\3"), .descriptors = 1},
	    {"RUNNER with a descriptor", FRAME(FRAME_RUNNER, ""), .descriptors = 1},
	    {"STOP", FRAME(FRAME_STOP, "")},
	    {"STATUS", FRAME(FRAME_STATUS, "")},
	    {"REPLY", FRAME(FRAME_REPLY, "")},
	    {"RAN", FRAME(FRAME_RAN, "")},
	    {"NONCES", FRAME(FRAME_NONCES, "")},
	    {"a type beyond the table", FRAME(FRAME_TYPES, "")},
	    {"type 255", FRAME(255, "")},
	    {"a head with more in it", FRAME(FRAME_LISTENING, ""), .pad = 1},
	    {"LISTENING of one byte", FRAME(FRAME_LISTENING, "x")},
	    {"LISTENING twice", FRAME(FRAME_LISTENING, ""), .before = 1},
	    {"GONE cut short", FRAME(FRAME_GONE, "1234567")},
	    {"GONE and more", FRAME(FRAME_GONE, "123456789")},
	    {"PEER of nothing", FRAME(FRAME_PEER, "")},
	    {"PEER whose text ends behind it", FRAME(FRAME_PEER, "12345678\377\377\377\377")},
	    {"PEER over its limit", FRAME(FRAME_PEER, ""), .claim = 49 * 1024 + 1},
	    {"REQUEST of nothing", FRAME(FRAME_REQUEST, "")},
	    {"REQUEST of no method", FRAME(FRAME_REQUEST, "12345678\377")},
	    {"REQUEST over its limit", FRAME(FRAME_REQUEST, ""), .claim = FRAME_BODY_MAX + 1},
	    {"the longest of all lengths", FRAME(FRAME_REQUEST, ""), .claim = UINT32_MAX},
	    {"a descriptor", FRAME(FRAME_LISTENING, ""), .descriptors = 1},
	    {"two descriptors", FRAME(FRAME_LISTENING, ""), .descriptors = 2},
	    {"four descriptors", FRAME(FRAME_GONE, "12345678"), .descriptors = 4},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct hand *h = hand_open(keeper, HOSTILE);
		struct buf frame = BUF_INIT;

		for (unsigned n = 0; n < cases[i].before; n++)
			hand_put_frame(&frame, FRAME_LISTENING, str_of(""));
		buf_put_u32(&frame,
		    cases[i].claim != 0 ? cases[i].claim : (uint32_t)cases[i].len);
		buf_put_u32(&frame, cases[i].type << 24 | cases[i].pad);
		buf_put(&frame, cases[i].payload, cases[i].len);
		hand_write(h, frame.data, frame.len, cases[i].descriptors);
		if (!hand_is_cut(h))
			fail_msg("not cut off: %s", cases[i].what);
		buf_free(&frame);
		hand_close(&h);
		serves();
	}
}

/* ---- what it costs the keeper ---- */

static void
put_flood(struct buf *out, enum frame_type type, unsigned count)
{
	const struct frame_request q = {.conn = two, .target = str_of("/")};
	const struct frame_conn c = {{77, 77}};

	for (unsigned i = 0; i < count; i++) {
		struct buf payload = BUF_INIT;

		if (type == FRAME_REQUEST)
			frame_put_request(&payload, &q);
		else
			frame_put_conn(&payload, &c);
		hand_put_frame(out, type, buf_str(&payload));
		buf_free(&payload);
	}
}

/* Whoever does not read what it makes the keeper say is not listened to. */
static void
fills_nothing(void **unused)
{
	static const enum frame_type types[] = {FRAME_GONE, FRAME_REQUEST};

	(void)unused;
	for (size_t t = 0; t < COUNT(types); t++) {
		struct hand *h = hand_open(keeper, HOSTILE);
		struct buf flood = BUF_INIT;
		long before = real_memory(keeper), grown = 0;
		int listens = 1;

		put_flood(&flood, types[t], 32768);
		hand_enter(keeper, h, two, billing);
		for (int i = 0; i < 200 && listens > 0 && grown < UNREAD; i++) {
			listens = hand_write(h, flood.data, flood.len, 0);
			grown = real_memory(keeper) - before;
			serves();
		}
		if (listens != 0 || grown >= UNREAD)
			fail_msg("%s: %s, and the keeper grew by %ld MiB",
			    frame_rules[types[t]].name,
			    listens < 0 ? "cut off" : "listened to", grown / 1024);
		buf_free(&flood);
		hand_close(&h);
		serves();
	}
}

/* ---- anything, in any order ---- */

/* splitmix64 (Vigna): a run is repeated by its seed alone. */
static uint64_t chance_state;

static uint32_t
chance(uint32_t below)
{
	uint64_t z = chance_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) % below);
}

/* Whole handshakes of an operator that were used up, and one that belongs to another gate. */
static struct buf heard[3];

static void
hear_handshakes(struct hand *third)
{
	uint8_t nonce[NONCE_BYTES];

	for (size_t i = 0; i < COUNT(heard); i++) {
		hand_nonce(third, nonce);
		hand_handshake(keeper, (struct conn_name){chance(4), 1}, operator, nonce, &heard[i]);
		if (i + 1 < COUNT(heard))
			send_peer(third, &heard[i]);
	}
}

static void
put_request(struct buf *payload, struct conn_name conn)
{
	static const char *const targets[] = {"/v1/sys/seal", "/v1/sys/health", "/v1/sys/unseal",
	    "/v1/sys/policies/acl/operator", "/v1/secret/data/a?version=1", "/", ""};
	struct frame_request q = {.conn = conn,
	    .method = (enum method)chance(METHOD_OTHER + 1),
	    .target = str_of(targets[chance(COUNT(targets))]),
	    .token = chance(2) ? str_of("hvs.CAESIJ") : (struct str){NULL, 0},
	    .body = str_of(chance(2) ? share : "{}")};

	frame_put_request(payload, &q);
}

/* One frame of a kind that a gate may send, some of them spoilt. */
static void
put_anything(struct buf *out)
{
	static const enum frame_type types[] = {FRAME_PEER, FRAME_REQUEST, FRAME_REQUEST, FRAME_GONE};
	const struct frame_conn c = {{chance(8) ? chance(4) : chance(UINT32_MAX), chance(3)}};
	enum frame_type type = types[chance(COUNT(types))];
	size_t begin = out->len;
	struct buf payload = BUF_INIT;

	if (type == FRAME_PEER)
		buf_put_str(&payload, buf_str(&heard[chance(COUNT(heard))]));
	else if (type == FRAME_REQUEST)
		put_request(&payload, c.conn);
	else
		frame_put_conn(&payload, &c);
	hand_put_frame(out, type, buf_str(&payload));
	if (chance(16) == 0) /* a bit of the payload */
		out->data[begin + FRAME_HEAD + chance((uint32_t)payload.len)] ^=
		    (uint8_t)(1u << chance(8));
	if (chance(256) == 0) /* a byte of the head */
		out->data[begin + chance(FRAME_HEAD)] = (uint8_t)chance(256);
	if (chance(256) == 0) /* its end is missing */
		out->len -= chance(FRAME_HEAD);
	buf_free(&payload);
}

static unsigned long
setting(const char *name, unsigned long usual)
{
	const char *text = getenv(name);

	return text != NULL ? strtoul(text, NULL, 10) : usual;
}

/* Whether the keeper still takes frames from it: it may be cut off, or in the midst of a long one. */
static bool
is_heard(struct hand *h)
{
	static struct conn_name last = {UINT32_MAX, 0};

	last.generation++;
	if (!hand_send(h, last, METHOD_GET, "/", NULL))
		return false;
	for (int i = 0; i < 10 && !hand_closed(h, last); i++)
		if (!hand_hear(h, 20))
			return false;
	return hand_closed(h, last);
}

/* Send some; whether all were handled.  A gate without a handshake of its own gets no answer. */
static bool
attack(struct hand *h, unsigned frames, unsigned long seed)
{
	struct buf bytes = BUF_INIT;
	bool handled;

	for (unsigned i = 0; i < frames; i++)
		put_anything(&bytes);
	handled = hand_write(h, bytes.data, bytes.len, 0) > 0 && is_heard(h);
	buf_free(&bytes);
	if (hand_replies(h) > 0)
		fail_msg("SEED=%lu: it was answered", seed);
	return handled;
}

static void
survives_anything(void **unused)
{
	unsigned long frames = setting("FRAMES", 100000), handled = 0, cuts = 0;
	unsigned long seed = setting("SEED", (unsigned long)time(NULL));
	struct hand *h = hand_open(keeper, HOSTILE), *third = hand_open(keeper, THIRD);
	long before;

	(void)unused;
	chance_state = seed;
	hear_handshakes(third);
	serves();
	before = real_memory(keeper);
	while (handled < frames) {
		if (attack(h, BURST, seed)) {
			handled += BURST;
		} else {
			hand_close(&h);
			h = hand_open(keeper, HOSTILE);
			cuts++;
		}
		if (handled % 1000 == 0) /* and whenever it was cut off there */
			serves();
	}
	serves();
	print_message("SEED=%lu: %lu frames handled, cut off %lu times\n", seed, handled, cuts);
	assert_in_range(cuts, frames / 1000, frames);
	assert_in_range(real_memory(keeper), 0, before + GROWTH);
	for (size_t i = 0; i < COUNT(heard); i++)
		buf_free(&heard[i]);
	hand_close(&third);
	hand_close(&h);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(acts_as_nobody),
	    cmocka_unit_test(replays_nothing),
	    cmocka_unit_test(invents_nothing),
	    cmocka_unit_test(unseals_nothing),
	    cmocka_unit_test(hears_no_other),
	    cmocka_unit_test(is_cut_off),
	    cmocka_unit_test(survives_anything),
	    cmocka_unit_test(fills_nothing),
	};

	real_main(argc, argv);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
