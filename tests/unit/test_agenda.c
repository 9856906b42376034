/*
 * The agenda: entries come once, when they are due, a few at a time, whatever the clock does.
 */
#include "tests/unit/store_dir.h"

#include "base/clock.h"
#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/due.h"

#define HOUR (3600 * CLOCK_SECOND)
#define YEAR (365 * 24 * HOUR)
#define START (1764000000 * CLOCK_SECOND)

static int dir;
static struct store *store;
static struct keyring *keyring;
static struct header header;
static struct records *records;
static int64_t wall, boot;

static int64_t
fake_wall(void)
{
	return wall;
}

static int64_t
fake_boot(void)
{
	return boot;
}

/* Time passes, for both clocks. */
static void
pass(int64_t ns)
{
	wall += ns;
	boot += ns;
}

static int
set_up(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	wall = START;
	boot += CLOCK_SECOND;
	clock_source.wall = fake_wall;
	clock_source.boot = fake_boot;
	dir = store_dir_make();
	store = store_dir_open(dir);
	keyring = keyring_new();
	assert_int_equal(header_new(&header, "na1", &err), 0);
	records = records_open(store, keyring, &header, true, &err);
	assert_non_null(records);
	records_begin(records);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	records_close(&records);
	keyring_free(&keyring);
	header_clear(&header);
	store_close(&store);
	store_dir_remove(dir);
	return 0;
}

static void
commit(void)
{
	static const uint8_t hash[32];
	const struct store_change *changes;
	struct error err = ERROR_INIT;
	size_t count;

	records_end(records);
	changes = records_changes(records, 1, hash, &count);
	assert_int_equal(store_commit(store, changes, count, &err), 0);
	assert_int_equal(records_committed(records, true, &err), 0);
	records_begin(records);
}

static int
note(void *arg, const struct agenda_entry *e, struct error *err)
{
	buf_printf(arg, "%.*s ", STR(e->id));
	return str_is(e->id, "bad") ? error_set(err, ERR_INTERNAL, "a bad entry") : 0;
}

/* What is due at `now`, at most limit, told as one text. */
static const char *
due(enum agenda_what what, int64_t now, unsigned limit)
{
	static char text[512];
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	assert_true(agenda_due(records, what, now, limit, note, &b, &err) >= 0);
	snprintf(text, sizeof(text), "%.*s", STR(buf_str(&b)));
	buf_free(&b);
	return text;
}

static void
put(int64_t when, const char *id)
{
	agenda_put(records, when, AGENDA_KEY, str_of(id));
}

static void
test_comes_once_when_due(void **state)
{
	(void)state;
	put(START + HOUR, "later");
	put(START + 60 * CLOCK_SECOND, "soon");
	put(START + YEAR, "next-year");
	commit();
	assert_string_equal(due(AGENDA_KEY, START, 10), "");
	assert_string_equal(due(AGENDA_KEY, START + 60 * CLOCK_SECOND + AGENDA_BUCKET, 10), "soon ");
	commit();
	assert_string_equal(due(AGENDA_KEY, START + 2 * HOUR, 10), "later ");
	assert_string_equal(due(AGENDA_KEY, START + 2 * HOUR, 10), "");
	assert_string_equal(due(AGENDA_TOKEN, START + 2 * YEAR, 10), "");
	assert_string_equal(due(AGENDA_KEY, START + 2 * YEAR, 10), "next-year ");
	commit();
	assert_int_equal(records_root(records)->count, 0);
}

static void
test_removed_does_not_come(void **state)
{
	(void)state;
	put(START, "a");
	put(START, "b");
	commit();
	agenda_remove(records, START, AGENDA_KEY, str_of("a"));
	agenda_remove(records, START + HOUR, AGENDA_KEY, str_of("b")); /* another time: not it */
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 10), "b ");
}

static void
test_a_failed_visit_waits_alone(void **state)
{
	(void)state;
	put(START, "bad");
	put(START + AGENDA_BUCKET, "good");
	commit();
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 10), "bad good ");
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 10), "");
	assert_string_equal(due(AGENDA_KEY, START + HOUR + AGENDA_AFTER_ERROR + AGENDA_BUCKET, 10),
	    "bad ");
}

static void
test_a_full_bucket_comes_in_slices(void **state)
{
	unsigned n = 0, left = 1000;
	char id[16];

	(void)state;
	for (unsigned i = 0; i < left; i++) {
		snprintf(id, sizeof(id), "%04u", i);
		put(START, id);
	}
	commit();
	for (const char *text; *(text = due(AGENDA_KEY, START + YEAR, 64)) != '\0'; n++) {
		left -= (unsigned)strlen(text) / 5;
		commit();
	}
	assert_int_equal(left, 0);
	assert_int_equal(n, 16);
}

static void
test_an_undone_slice_comes_again(void **state)
{
	size_t mark;

	(void)state;
	put(START, "a");
	commit();
	mark = records_mark(records);
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 10), "a ");
	records_undo(records, mark);
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 10), "a ");
}

static bool
show(void *arg, const struct agenda_entry *e)
{
	buf_printf(arg, "%.*s@%lld ", STR(e->id), (long long)((e->when - START) / CLOCK_SECOND));
	return !str_is(e->id, "stop");
}

static void
test_walks_in_order(void **state)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	put(START + YEAR * 9, "stop");
	put(START + YEAR * 10, "never");
	put(START + 70, "b");
	put(START + 71, "a");
	put(START + HOUR * 24 * 13, "c");
	put(START - HOUR, "past");
	commit();
	assert_int_equal(agenda_walk(records, AGENDA_KEY, START, show, &b, &err), 0);
	buf_put_u8(&b, 0);
	assert_string_equal((char *)b.data, "a@0 b@0 c@1123200 stop@283824000 ");
	buf_free(&b);
}

static void
test_far_times_are_held(void **state)
{
	(void)state;
	put(INT64_MAX, "end");
	put(INT64_MIN, "begin");
	put(-1, "before");
	commit();
	assert_int_equal(strlen(due(AGENDA_KEY, START, 10)), strlen("before begin "));
	assert_string_equal(due(AGENDA_KEY, INT64_MAX, 10), "");
	agenda_remove(records, INT64_MAX, AGENDA_KEY, str_of("end"));
	commit();
	assert_int_equal(records_root(records)->count, 0);
}

static void
test_spread_is_even_and_steady(void **state)
{
	unsigned first_half = 0;
	char id[16];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "key-%u", i);
		int64_t at = agenda_spread(str_of(id), HOUR);

		assert_int_equal(at, agenda_spread(str_of(id), HOUR));
		assert_true(at >= 0 && at < HOUR);
		first_half += at < HOUR / 2;
	}
	assert_in_range(first_half, 430, 570);
	assert_int_equal(agenda_spread(str_of("x"), 0), 0);
}

/* ---- the clock ---- */

static void
test_clock_never_steps_back(void **state)
{
	int64_t before;

	(void)state;
	wall = due_now(); /* where the tests before left it */
	pass(HOUR);
	assert_int_equal(due_now(), wall);
	wall -= YEAR;
	before = due_now();
	pass(16 * HOUR);
	assert_int_equal(due_now(), before + 15 * HOUR); /* it does not stop, and falls behind */
	wall += YEAR;
	assert_int_equal(due_now(), wall);
}

static void
test_clock_goes_forward_at_once(void **state)
{
	(void)state;
	wall = due_now() + YEAR;
	assert_int_equal(due_now(), wall);
	wall -= YEAR;
	assert_int_equal(due_now(), wall + YEAR);
}

static void
test_clock_keeps_its_mark(void **state)
{
	struct chore_run run = { .call.records = records };
	struct error err = ERROR_INIT;
	int64_t marked;

	(void)state;
	assert_int_equal(due_open(records, &err), 0); /* no mark yet */
	wall = marked = due_now() + HOUR;
	assert_int_equal(due_keep(&run, &err), 0);
	assert_true(run.again > 0);
	commit();
	wall = START;
	assert_int_equal(due_open(records, &err), 0);
	assert_true(due_now() >= marked);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_comes_once_when_due),
		WITH(test_removed_does_not_come),
		WITH(test_a_failed_visit_waits_alone),
		WITH(test_a_full_bucket_comes_in_slices),
		WITH(test_an_undone_slice_comes_again),
		WITH(test_walks_in_order),
		WITH(test_far_times_are_held),
		WITH(test_spread_is_even_and_steady),
		WITH(test_clock_never_steps_back),
		WITH(test_clock_goes_forward_at_once),
		WITH(test_clock_keeps_its_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
