/*
 * Tokens in the records: found by their text alone, counted by their owner, and gone when their
 * time is over; what was revoked stays so as long as its seal would say otherwise.
 */
#include "tests/unit/open_records.h"

#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/cubbyhole.h"
#include "vaultd/keeper/owners.h"
#include "vaultd/keeper/tokens.h"
#include "vaultd/keeper/wrapped.h"

/* Of a vault no more is asked than where its records and keys are. */
struct records *
vault_records(struct vault *v)
{
	(void)v;
	return records;
}

struct keyring *
vault_keyring(struct vault *v)
{
	(void)v;
	return keyring;
}

const struct header *
vault_header(const struct vault *v)
{
	(void)v;
	return &header;
}

#define OWNER "spiffe://na1.example/svc/a"

static struct claims
claims_of(enum claims_kind kind)
{
	return (struct claims){ .kind = kind, .owner = str_of(OWNER), .issued = wall,
		.expires = wall + HOUR, .ttl = HOUR };
}

/* A stored token; its text. */
static struct buf
store_new(struct claims claims)
{
	struct token t = { .claims = claims };
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	token_draw(&text);
	token_accessor(keyring, buf_str(&text), t.accessor);
	assert_int_equal(tokens_store(NULL, &t, &err), 0);
	return text;
}

static struct buf
seal_new(struct claims claims, struct token *t)
{
	struct buf text = BUF_INIT;

	*t = (struct token){ .claims = claims };
	tokens_seal(NULL, t, &text);
	return text;
}

static struct owner
owner(void)
{
	struct owner o;

	assert_int_equal(owners_get(records, str_of(OWNER), &o, NULL), 0);
	return o;
}

static void
run_chore(void)
{
	struct chore_run run = { .call = { .records = records, .now = wall } };
	struct error err = ERROR_INIT;

	assert_int_equal(tokens_expire(&run, &err), 0);
}

static void
test_a_stored_token_is_found(void **state)
{
	struct buf text = store_new(claims_of(CLAIMS_CREATED)), other = BUF_INIT;
	struct token t, again;

	(void)state;
	assert_int_equal(tokens_find(NULL, buf_str(&text), &t), 0);
	assert_true(t.stored);
	assert_true(str_is(t.claims.owner, OWNER));
	assert_int_equal(tokens_find_accessor(NULL, str_of(t.accessor), &again), 0);
	tokens_release(&again);
	assert_int_equal(owner().stored, 1);
	token_draw(&other);
	assert_int_equal(tokens_find(NULL, buf_str(&other), &again), -1);
	assert_int_equal(tokens_find(NULL, str_of(t.accessor), &again), -1);
	assert_int_equal(tokens_find_accessor(NULL, str_of("short"), &again), -1);
	tokens_release(&t);
	buf_free(&text), buf_free(&other);
}

static void
test_a_login_is_kept_nowhere(void **state)
{
	struct token t, found;
	struct buf text = seal_new(claims_of(CLAIMS_LOGIN), &t);

	(void)state;
	assert_false(records_changed(records));
	assert_int_equal(tokens_find(NULL, buf_str(&text), &found), 0);
	assert_false(found.stored);
	assert_string_equal(found.accessor, t.accessor);
	assert_int_equal(found.claims.kept, found.claims.expires);
	assert_int_equal(tokens_find_accessor(NULL, str_of(t.accessor), &t), -1);
	tokens_release(&found);
	buf_free(&text);
}

/* Renewed for less than its seal says, it must not come back when the shorter time is over. */
static void
test_a_shortened_login_stays_short(void **state)
{
	struct error err = ERROR_INIT;
	struct token t, found;
	struct buf text = seal_new(claims_of(CLAIMS_LOGIN), &t);

	(void)state;
	assert_int_equal(tokens_find(NULL, buf_str(&text), &t), 0);
	t.claims.expires = wall + CLOCK_SECOND;
	assert_int_equal(tokens_store(NULL, &t, &err), 0);
	tokens_release(&t);
	for (int64_t passed = 0; passed < HOUR - 60 * CLOCK_SECOND; passed += HOUR / 10) {
		pass(HOUR / 10);
		run_chore();
		assert_int_equal(tokens_find(NULL, buf_str(&text), &found), 0);
		assert_false(claims_last(&found.claims, wall));
		tokens_release(&found);
	}
	pass(HOUR / 10);
	run_chore();
	assert_int_equal(tokens_find(NULL, buf_str(&text), &found), 0);
	assert_false(found.stored);
	assert_false(claims_last(&found.claims, wall));
	assert_int_equal(owner().stored, 0);
	tokens_release(&found);
	buf_free(&text);
}

static void
test_revoking(void **state)
{
	struct error err = ERROR_INIT;
	struct buf stored = store_new(claims_of(CLAIMS_CREATED));
	struct token t, found;
	struct buf text = seal_new(claims_of(CLAIMS_LOGIN), &t);

	(void)state;
	assert_int_equal(tokens_find(NULL, buf_str(&stored), &found), 0);
	assert_int_equal(tokens_revoke(NULL, &found, 0, wall, &err), 0);
	tokens_release(&found);
	assert_int_equal(tokens_find(NULL, buf_str(&stored), &found), -1);
	assert_int_equal(tokens_find(NULL, buf_str(&text), &t), 0);
	assert_int_equal(tokens_revoke(NULL, &t, 0, wall, &err), 0);
	tokens_release(&t);
	assert_int_equal(owner().stored, 0);
	assert_int_equal(owner().denied, 1);
	assert_int_equal(tokens_find(NULL, buf_str(&text), &found), 0);
	assert_false(claims_last(&found.claims, wall));
	tokens_release(&found);
	pass(HOUR + AGENDA_BUCKET);
	run_chore();
	assert_int_equal(owner().denied, 0);
	buf_free(&text), buf_free(&stored);
}

/* More denials than are kept: the identity's epoch moves on, and all its logins are over. */
static void
test_too_many_denials_end_all_logins(void **state)
{
	struct error err = ERROR_INIT;
	struct owner full = { .denied = OWNER_DENIED };
	struct token t;
	struct buf text = seal_new(claims_of(CLAIMS_LOGIN), &t);

	(void)state;
	owners_put(records, str_of(OWNER), &full);
	assert_int_equal(tokens_deny(NULL, str_of(t.accessor), str_of(OWNER), wall, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(tokens_find(NULL, buf_str(&text), &t), 0);
	assert_int_equal(tokens_revoke(NULL, &t, 0, wall, &err), 0);
	tokens_release(&t);
	assert_int_equal(owner().epoch, 1);
	assert_int_equal(owner().denied, 0);
	buf_free(&text);
}

static void
test_the_cap(void **state)
{
	struct error err = ERROR_INIT;
	struct owner full = { .stored = OWNER_TOKENS };
	struct token t = { .claims = claims_of(CLAIMS_CREATED) };

	(void)state;
	owners_put(records, str_of(OWNER), &full);
	assert_int_equal(tokens_store(NULL, &t, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.text, "this identity has"));
	t.claims.kind = CLAIMS_WRAPPING; /* which has a cap of its own */
	full = (struct owner){ .stored = OWNER_TOKENS, .wrapped = OWNER_WRAPPED - 1 };
	owners_put(records, str_of(OWNER), &full);
	error_clear(&err);
	assert_int_equal(tokens_store(NULL, &t, &err), 0);
	t = (struct token){ .claims = t.claims, .accessor = "another" };
	assert_int_equal(tokens_store(NULL, &t, &err), -1);
}

static void
test_counting_uses(void **state)
{
	struct claims claims = claims_of(CLAIMS_LOGIN);
	struct error err = ERROR_INIT;
	struct token t;
	struct buf text;
	bool last;

	(void)state;
	claims.uses = 2;
	text = seal_new(claims, &t);
	for (int64_t left = 1; left >= 0; left--) {
		assert_int_equal(tokens_find(NULL, buf_str(&text), &t), 0);
		assert_int_equal(tokens_use(NULL, &t, &last, &err), 0);
		assert_int_equal(t.claims.uses, left);
		assert_int_equal(last, left == 0);
		tokens_release(&t);
	}
	buf_free(&text);
}

/* Everything that a token held goes with it, whichever way it goes. */
static void
test_what_it_held_goes_with_it(void **state)
{
	struct claims claims = claims_of(CLAIMS_CREATED);
	struct error err = ERROR_INIT;
	struct buf text, body = BUF_INIT;
	struct arena *a = arena_new(1 << 20, 0, NULL);
	struct record_name n;
	struct token t;
	char path[16];

	(void)state;
	claims.flags = CLAIMS_CUBBYHOLE;
	text = store_new(claims);
	assert_int_equal(tokens_find(NULL, buf_str(&text), &t), 0);
	for (unsigned i = 0; i < 150; i++) {
		snprintf(path, sizeof(path), "d%u/e/%u", i % 3, i);
		n = cubbyhole_name(a, str_of(t.accessor), str_of(path));
		records_put(records, &n, str_of("secret"));
	}
	wrapped_put(records, str_of(t.accessor), str_of("body"));
	commit();
	assert_int_equal(tokens_revoke(NULL, &t, 0, wall, &err), 0);
	for (unsigned i = 0; i < 5; i++) {
		pass(AGENDA_BUCKET);
		run_chore();
		commit();
	}
	assert_int_equal(wrapped_get(records, str_of(t.accessor), &body, &err), -1);
	assert_false(records_has(records, &n));
	assert_int_equal(records_root(records)->count, 0);
	tokens_release(&t);
	arena_free(a);
	buf_free(&text);
}

static void
test_an_undone_batch_left_nothing(void **state)
{
	size_t mark = records_mark(records);
	uint64_t stamp = records_stamp(records, STAMP_TOKENS);
	struct buf text = store_new(claims_of(CLAIMS_CREATED));
	struct token t;

	(void)state;
	assert_int_not_equal(records_stamp(records, STAMP_TOKENS), stamp);
	records_undo(records, mark);
	assert_int_not_equal(records_stamp(records, STAMP_TOKENS), stamp);
	assert_int_equal(tokens_find(NULL, buf_str(&text), &t), -1);
	assert_int_equal(owner().stored, 0);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RECORDS(test_a_stored_token_is_found),
		WITH_RECORDS(test_a_login_is_kept_nowhere),
		WITH_RECORDS(test_a_shortened_login_stays_short),
		WITH_RECORDS(test_revoking),
		WITH_RECORDS(test_too_many_denials_end_all_logins),
		WITH_RECORDS(test_the_cap),
		WITH_RECORDS(test_counting_uses),
		WITH_RECORDS(test_what_it_held_goes_with_it),
		WITH_RECORDS(test_an_undone_batch_left_nothing),
	};

	return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
