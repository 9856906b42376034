/*
 * Named keys rotate when it is time, each once, a few in each batch, whatever the clock does.
 */
#include "tests/unit/transit_call.h"

#include "vaultd/api/transit_schedule.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/rotation.h"

#define KEYS 100
#define MINUTE (60 * CLOCK_SECOND)

static struct mounts *mounts;
static struct audit *audit;

static int
begin(void **state)
{
	struct error err = ERROR_INIT;

	open_transit(state);
	wall = due_now(); /* where the tests before left it */
	audit = audit_open(store_dir, "audit.log", false, &err);
	assert_non_null(audit);
	mounts_put(records, &transit);
	commit();
	mounts = mounts_load(records, &err);
	assert_non_null(mounts);
	return 0;
}

static int
end(void **state)
{
	mounts_free(&mounts);
	audit_close(&audit);
	unlinkat(store_dir, "audit.log", 0);
	return close_transit(state);
}

static void
make(const char *path, const char *body)
{
	struct told t = ask(OP_WRITE, path, body);

	assert_false(t.refused);
	buf_free(&t.text);
}

static void
make_keys(unsigned n)
{
	char path[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "keys/key-%u", i);
		make(path, "{\"auto_rotate_period\":\"24h\"}");
	}
	commit();
}

static struct call
call(void)
{
	return (struct call){ .records = records, .mounts = mounts, .named = named,
		.usage = usage, .audit = audit, .arena = arena, .now = due_now() };
}

/* A slice, in a batch of its own; *work is what a worker has done or is to do. */
static void
slice(struct work **work)
{
	struct chore_run run = { .call = call() };
	struct error err = ERROR_INIT;

	run.call.work = *work;
	assert_int_equal(transit_rotate_due(&run, &err), 0);
	work_free(work);
	*work = run.later;
	commit();
}

static unsigned
latest(const char *name)
{
	struct named_key *k = named_find(named, transit.uuid, str_of(name), NULL);
	unsigned version = k != NULL ? named_key_settings(k)->latest_version : 0;

	named_key_free(&k);
	return version;
}

/* Versions of the keys key-0 to key-n, beyond their first ones. */
static unsigned
rotations(unsigned n)
{
	unsigned sum = 0;
	char name[16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "key-%u", i);
		sum += latest(name) - 1;
	}
	return sum;
}

/* Slices, until one has nothing to do: how many did something, each at most so much. */
static unsigned
run_all(unsigned most)
{
	struct work *none = NULL;
	unsigned slices = 0, before, after = rotations(KEYS);

	for (;;) {
		before = after;
		slice(&none);
		after = rotations(KEYS);
		assert_true(after - before <= most);
		if (after == before)
			return slices;
		slices++;
	}
}

static void
test_rotates_once_when_due(void **state)
{
	(void)state;
	make_keys(KEYS);
	assert_int_equal(run_all(0), 0);
	pass(20 * HOUR);
	assert_int_equal(run_all(0), 0);
	pass(4 * HOUR + MINUTE);
	run_all(32);
	assert_int_equal(rotations(KEYS), KEYS);
	pass(12 * HOUR);
	assert_int_equal(run_all(0), 0);
	pass(12 * HOUR + MINUTE);
	run_all(32);
	assert_int_equal(rotations(KEYS), 2 * KEYS);
}

static void
test_is_spread_in_time(void **state)
{
	unsigned hours = 0, most = 0, before = 0, after;

	(void)state;
	make_keys(KEYS);
	pass(21 * HOUR);
	for (unsigned i = 0; i < 4 * 12; i++) {
		pass(5 * MINUTE);
		run_all(32);
		after = rotations(KEYS);
		hours += after > before;
		most = after - before > most ? after - before : most;
		before = after;
	}
	assert_int_equal(before, KEYS);
	assert_true(hours > 10);
	assert_true(most < KEYS / 4);
}

static void
test_a_jump_ahead_makes_no_storm(void **state)
{
	(void)state;
	make_keys(KEYS);
	wall += YEAR;
	assert_true(run_all(32) >= KEYS / 32);
	assert_int_equal(rotations(KEYS), KEYS);
	assert_int_equal(run_all(0), 0);
}

static void
test_a_jump_back_stops_nothing(void **state)
{
	(void)state;
	make_keys(KEYS);
	wall += YEAR;
	run_all(32);
	wall -= YEAR;
	assert_int_equal(run_all(0), 0); /* nothing twice */
	for (unsigned day = 1; day <= 3; day++) {
		pass(26 * HOUR); /* a day, by a clock that is a sixteenth slower */
		run_all(32);
		assert_int_equal(rotations(KEYS), (1 + day) * KEYS);
	}
}

static void
test_keys_made_while_ahead_wait_their_time(void **state)
{
	(void)state;
	wall += YEAR;
	(void)due_now();
	wall -= YEAR;
	make_keys(1);
	assert_int_equal(run_all(0), 0);
	pass(26 * HOUR);
	run_all(1);
	assert_int_equal(rotations(1), 1);
}

static void
test_survives_a_restart(void **state)
{
	(void)state;
	make_keys(KEYS);
	pass(30 * HOUR);
	slice(&(struct work *){ NULL });
	named_free(&named);
	reopen_records();
	named = named_new(records, keyring, &header);
	run_all(32);
	assert_int_equal(rotations(KEYS), KEYS);
}

static void
test_a_failed_batch_is_done_again(void **state)
{
	struct chore_run run = { .call = call() };
	struct error err = ERROR_INIT;

	(void)state;
	make_keys(10);
	pass(30 * HOUR);
	run.call.now = due_now();
	assert_int_equal(transit_rotate_due(&run, &err), 0);
	end_batch(false);
	assert_int_equal(rotations(10), 0);
	run_all(32);
	assert_int_equal(rotations(10), 10);
}

static void
test_what_has_no_period_any_more_stays(void **state)
{
	struct told t;

	(void)state;
	make_keys(3);
	make("keys/key-0/config", "{\"auto_rotate_period\":\"0\"}");
	make("keys/key-1/config", "{\"deletion_allowed\":true}");
	commit();
	t = ask(OP_DELETE, "keys/key-1", "");
	assert_false(t.refused);
	buf_free(&t.text);
	commit();
	pass(30 * HOUR);
	run_all(1);
	assert_int_equal(latest("key-0"), 1);
	assert_int_equal(latest("key-1"), 0);
	assert_int_equal(latest("key-2"), 2);
}

static bool
take_event(void *arg, const struct rotation_thing *t, const struct rotation_event *e)
{
	buf_printf(arg, "%.*s %s: %.*s", STR(t->name), e->done ? "done" : "failed",
	    STR(e->text));
	return false;
}

/* What came of the last rotation of a key. */
static const char *
last(const char *name)
{
	static char text[128];
	struct rotation_thing t = { .kind = ROTATION_KEY, .name = str_of(name) };
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	memcpy(t.mount, transit.uuid, sizeof(t.mount));
	assert_int_equal(rotation_of(records, &t, take_event, &b, &err), 0);
	snprintf(text, sizeof(text), "%.*s", STR(buf_str(&b)));
	buf_free(&b);
	return text;
}

static bool
take_item(void *arg, const struct rotation_item *i)
{
	*(struct rotation_item *)arg = *i;
	return false;
}

static void
test_one_that_cannot_does_not_stop_the_others(void **state)
{
	struct rotation_item item = { .due = 0 };
	struct error err = ERROR_INIT;
	struct call c;
	struct told t;

	(void)state;
	make_keys(3);
	t = ask(OP_DELETE, "keys/key-0/soft-delete", "");
	buf_free(&t.text);
	commit();
	pass(30 * HOUR);
	run_all(32);
	assert_int_equal(latest("key-0"), 1);
	assert_int_equal(rotations(3), 2);
	assert_string_equal(last("key-0"), "key-0 failed: refusing to use soft-deleted key");
	assert_string_equal(last("key-1"), "key-1 done: version 2");
	c = call();
	assert_int_equal(transit_walk_schedule(&c, 0, take_item, &item, &err), 0);
	assert_true(item.due < c.now && item.next > c.now);
	make("keys/key-0/soft-delete-restore", "");
	commit();
	pass(2 * HOUR);
	run_all(1);
	assert_int_equal(latest("key-0"), 2);
}

static void
test_slow_ones_wait_for_a_worker(void **state)
{
	struct work *work = NULL;

	(void)state;
	make("keys/key-0", "{\"type\":\"rsa-2048\",\"auto_rotate_period\":\"24h\"}");
	make("keys/key-1", "{\"auto_rotate_period\":\"24h\"}");
	commit();
	pass(30 * HOUR);
	slice(&work);
	assert_non_null(work);
	assert_int_equal(latest("key-0"), 1);
	assert_int_equal(latest("key-1"), 2);
	work->run(work);
	slice(&work);
	assert_null(work);
	assert_int_equal(latest("key-0"), 2);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_rotates_once_when_due),
		WITH(test_is_spread_in_time),
		WITH(test_a_jump_ahead_makes_no_storm),
		WITH(test_a_jump_back_stops_nothing),
		WITH(test_keys_made_while_ahead_wait_their_time),
		WITH(test_survives_a_restart),
		WITH(test_a_failed_batch_is_done_again),
		WITH(test_what_has_no_period_any_more_stays),
		WITH(test_one_that_cannot_does_not_stop_the_others),
		WITH(test_slow_ones_wait_for_a_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
