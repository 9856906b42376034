/*
 * A broken gate cannot invent a peer: the keeper takes a handshake once, from the gate whose
 * nonce is in it, and only whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/certs.h"
#include "tests/unit/handshake.h"
#include "vaultd/keeper/peer.h"

#define ID "spiffe://na1.example/svc/billing"
#define BOOT (INT64_C(1000) * CLOCK_SECOND)
#define AGE 3600
#define MOST 4

static struct cert *ca, *foreign_ca, *server, *other_server, *client, *stranger;
static struct trust *trust;
static struct peers *gate, *other_gate;
static struct buf nonces;

static struct trust *
trust_of(const struct cert *anchor)
{
	struct buf pem = BUF_INIT;
	struct error err = ERROR_INIT;
	struct trust *t;

	certs_pem(&pem, anchor);
	t = trust_new(buf_str(&pem), (struct str){ NULL, 0 }, "na1.example", &err);
	assert_non_null(t);
	buf_free(&pem);
	return t;
}

static int
set_up(void **state)
{
	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	foreign_ca = certs_ca("eu1 CA", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	other_server = certs_leaf("spiffe://na1.example/svc/web", ca, NULL);
	client = certs_leaf(ID, ca, NULL);
	stranger = certs_leaf(ID, foreign_ca, NULL);
	trust = trust_of(ca);
	gate = peers_new();
	other_gate = peers_new();
	buf_clear(&nonces);
	peers_nonces(gate, 8, &nonces);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&nonces);
	peers_free(&gate);
	peers_free(&other_gate);
	trust_free(&trust);
	certs_free(&stranger);
	certs_free(&client);
	certs_free(&other_server);
	certs_free(&server);
	certs_free(&foreign_ca);
	certs_free(&ca);
	return 0;
}

/* A handshake at that server with that client, holding the n-th nonce of the gate. */
static struct handshake
shake(const struct cert *at, const struct cert *who, const struct cert *anchor, unsigned n)
{
	struct handshake_choice choice = { .nonces = 1, .nonce = nonces.data + n * NONCE_BYTES };
	struct handshake h;

	handshake_run(&h, at, who, anchor, &choice);
	return h;
}

static int
enter_at(struct peers *p, uint32_t number, struct str messages, int64_t boot, struct error *err)
{
	struct peers_rules rules = { .trust = trust, .server_leaf = certs_der(server),
		.wall_s = CERTS_NOW, .boot = boot, .age_s = AGE, .connections = MOST };
	struct frame_peer f = { .conn = { number, 1 }, .address = str_of("127.0.0.1"),
		.messages = messages };

	error_clear(err);
	return peers_enter(p, &f, &rules, err);
}

static int
enter(struct peers *p, uint32_t number, const struct handshake *h, struct error *err)
{
	return enter_at(p, number, buf_str(&h->messages), BOOT, err);
}

static void
test_peer_enters_and_leaves(void **state)
{
	struct handshake h = shake(server, client, ca, 0);
	struct conn_name conn = { 7, 1 }, older = { 7, 0 };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(enter(gate, 7, &h, &err), 0);
	assert_non_null(peers_find(gate, conn, BOOT));
	assert_true(str_is(peers_find(gate, conn, BOOT)->identity->id, ID));
	assert_null(peers_find(gate, older, BOOT));
	assert_null(peers_find(other_gate, conn, BOOT));
	assert_null(peers_find(gate, conn, BOOT + AGE * CLOCK_SECOND));
	peers_leave(gate, conn);
	assert_null(peers_find(gate, conn, BOOT));
	handshake_free(&h);
}

/* However many handshakes it has seen, a gate has no more connections than are allowed. */
static void
test_more_connections_are_refused(void **state)
{
	struct handshake h[MOST + 1];
	struct error err = ERROR_INIT;

	(void)state;
	for (unsigned i = 0; i <= MOST; i++) {
		h[i] = shake(server, client, ca, i);
		assert_int_equal(enter(gate, i, &h[i], &err), i < MOST ? 0 : -1);
	}
	assert_non_null(strstr(err.text, "more connections"));
	peers_leave(gate, (struct conn_name){ 1, 1 });
	assert_int_equal(enter(gate, MOST, &h[MOST], &err), 0);
	for (unsigned i = 0; i <= MOST; i++)
		handshake_free(&h[i]);
}

static void
test_replay_is_refused(void **state)
{
	struct handshake h = shake(server, client, ca, 0);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(enter(gate, 1, &h, &err), 0);
	assert_int_equal(enter(gate, 2, &h, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_non_null(strstr(err.text, "nonce"));
	handshake_free(&h);
}

/* A handshake that another gate of the same vault saw is worth nothing here. */
static void
test_nonce_of_another_gate_is_refused(void **state)
{
	struct handshake h = shake(server, client, ca, 0);
	struct buf its_own = BUF_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	peers_nonces(other_gate, 8, &its_own);
	assert_int_equal(enter(other_gate, 1, &h, &err), -1);
	assert_non_null(strstr(err.text, "nonce"));
	assert_int_equal(enter(gate, 1, &h, &err), 0);
	buf_free(&its_own);
	handshake_free(&h);
}

static void
test_invented_nonce_is_refused(void **state)
{
	struct handshake h;
	struct error err = ERROR_INIT;

	(void)state;
	nonces.data[NONCE_BYTES - 1] ^= 1;
	h = shake(server, client, ca, 0);
	assert_int_equal(enter(gate, 1, &h, &err), -1);
	assert_non_null(strstr(err.text, "nonce"));
	handshake_free(&h);
}

/* Drawn before one that was used more than 15 seconds ago. */
static void
test_old_nonce_is_refused(void **state)
{
	struct handshake first = shake(server, client, ca, 0), second = shake(server, client, ca, 1);
	struct handshake third = shake(server, client, ca, 2);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(enter(gate, 1, &third, &err), 0);
	assert_int_equal(
	    enter_at(gate, 2, buf_str(&second.messages), BOOT + 14 * CLOCK_SECOND, &err), 0);
	assert_int_equal(
	    enter_at(gate, 3, buf_str(&first.messages), BOOT + 16 * CLOCK_SECOND, &err), -1);
	assert_non_null(strstr(err.text, "too old"));
	handshake_free(&first);
	handshake_free(&second);
	handshake_free(&third);
}

/* What a client said to another service of the Hublet, relayed. */
static void
test_relay_is_refused(void **state)
{
	struct handshake h = shake(other_server, client, ca, 0);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(enter(gate, 1, &h, &err), -1);
	handshake_free(&h);
}

static void
test_foreign_peer_is_refused(void **state)
{
	struct handshake h = shake(server, stranger, foreign_ca, 0);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(enter(gate, 1, &h, &err), -1);
	assert_int_equal(err.code, ERR_FOREIGN);
	handshake_free(&h);
}

/* One byte of any message changed: nobody enters.  A sample of each message's bytes. */
static void
test_edited_messages_are_refused(void **state)
{
	struct handshake h = shake(server, client, ca, 0);
	struct error err = ERROR_INIT;

	(void)state;
	for (unsigned m = 0; m < h.count; m++)
		for (size_t at = 4; at < h.message[m].len; at += 1 + h.message[m].len / 16) {
			char *byte = (char *)(uintptr_t)h.message[m].at + at;

			*byte ^= 1;
			assert_int_equal(enter(gate, 1, &h, &err), -1);
			assert_null(peers_find(gate, (struct conn_name){ 1, 1 }, BOOT));
			*byte ^= 1;
		}
	handshake_free(&h);
}

static void
count_closed(void *arg, struct conn_name conn, const char *why)
{
	(void)conn;
	(void)why;
	(*(unsigned *)arg)++;
}

/* A reload under another CA ends those that are connected; the same CA leaves them. */
static void
test_recheck_closes_who_is_no_longer_good(void **state)
{
	struct handshake h = shake(server, client, ca, 0);
	struct trust *fresh = trust_of(foreign_ca);
	struct error err = ERROR_INIT;
	unsigned closed = 0;

	(void)state;
	assert_int_equal(enter(gate, 1, &h, &err), 0);
	peers_recheck(gate, trust, CERTS_NOW, BOOT, count_closed, &closed);
	assert_int_equal(closed, 0);
	peers_recheck(gate, trust, CERTS_NOW + 2 * CERTS_DAY, BOOT, count_closed, &closed);
	assert_int_equal(closed, 1);
	handshake_free(&h);
	h = shake(server, client, ca, 1);
	assert_int_equal(enter(gate, 1, &h, &err), 0);
	peers_recheck(gate, fresh, CERTS_NOW, BOOT, count_closed, &closed);
	assert_int_equal(closed, 2);
	assert_null(peers_find(gate, (struct conn_name){ 1, 1 }, BOOT));
	trust_free(&fresh);
	handshake_free(&h);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_peer_enters_and_leaves),
		CASE(test_more_connections_are_refused),
		CASE(test_replay_is_refused),
		CASE(test_nonce_of_another_gate_is_refused),
		CASE(test_invented_nonce_is_refused),
		CASE(test_old_nonce_is_refused),
		CASE(test_relay_is_refused),
		CASE(test_foreign_peer_is_refused),
		CASE(test_edited_messages_are_refused),
		CASE(test_recheck_closes_who_is_no_longer_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
