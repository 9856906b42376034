/*
 * The agenda: entries come once, when they are due, a few at a time, whatever the clock does.
 */
#include "tests/unit/open_records.h"

#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/due.h"

static int
note(void *arg, const struct agenda_entry *e, struct error *err)
{
	buf_printf(arg, "%.*s ", STR(e->id));
	if (str_is(e->id, "busy"))
		return 1;
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
	assert_string_equal(
	    due(AGENDA_KEY, START + 60 * CLOCK_SECOND + AGENDA_BUCKET, 10), "soon ");
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
	agenda_remove(records, START + HOUR, AGENDA_KEY, str_of("b")); /* not that time */
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
	assert_string_equal(
	    due(AGENDA_KEY, START + HOUR + AGENDA_AFTER_ERROR + AGENDA_BUCKET, 10), "bad ");
}

static void
test_what_stays_keeps_nobody_waiting(void **state)
{
	(void)state;
	put(START, "busy");
	put(START + AGENDA_BUCKET, "other");
	commit();
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 1), "busy ");
	commit();
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 3), "busy other ");
	commit();
	assert_int_equal(records_root(records)->count, 6); /* it, and the way to it */
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

/* Its bucket has not ended: what is due is taken, what is not yet stays, and is not counted. */
static void
test_the_present_bucket_gives_what_is_due(void **state)
{
	(void)state;
	put(START + 2 * CLOCK_SECOND, "soon");
	put(START + 9 * CLOCK_SECOND, "later");
	commit();
	assert_string_equal(due(AGENDA_KEY, START + CLOCK_SECOND, 10), "");
	assert_string_equal(due(AGENDA_KEY, START + 2 * CLOCK_SECOND, 10), "soon ");
	assert_string_equal(due(AGENDA_KEY, START + 3 * CLOCK_SECOND, 10), "");
	assert_string_equal(due(AGENDA_KEY, START + AGENDA_BUCKET, 10), "later ");
	assert_string_equal(due(AGENDA_KEY, START + HOUR, 10), "");
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
	long long after = (e->when - START) / CLOCK_SECOND;

	buf_printf(arg, "%.*s@%lld ", STR(e->id), after);
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
	put(START + 71, "c");
	put(START + 71, "a");
	put(START + HOUR * 24 * 13, "d");
	put(START - HOUR, "past");
	commit();
	assert_int_equal(agenda_walk(records, AGENDA_KEY, START, show, &b, &err), 0);
	buf_put_u8(&b, 0);
	assert_string_equal((char *)b.data, "b@0 a@0 c@0 d@1123200 stop@283824000 ");
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
	assert_string_equal(due(AGENDA_KEY, INT64_MAX - 1, 10), "");
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
	assert_int_equal(due_now(), before + 15 * HOUR); /* not stopped, but behind */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RECORDS(test_comes_once_when_due),
		WITH_RECORDS(test_removed_does_not_come),
		WITH_RECORDS(test_a_failed_visit_waits_alone),
		WITH_RECORDS(test_what_stays_keeps_nobody_waiting),
		WITH_RECORDS(test_a_full_bucket_comes_in_slices),
		WITH_RECORDS(test_the_present_bucket_gives_what_is_due),
		WITH_RECORDS(test_an_undone_slice_comes_again),
		WITH_RECORDS(test_walks_in_order),
		WITH_RECORDS(test_far_times_are_held),
		WITH_RECORDS(test_spread_is_even_and_steady),
		WITH_RECORDS(test_clock_never_steps_back),
		WITH_RECORDS(test_clock_goes_forward_at_once),
		WITH_RECORDS(test_clock_keeps_its_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
