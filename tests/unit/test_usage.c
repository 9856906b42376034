/*
 * Use of named keys is counted once, survives a restart and a batch that failed, and goes with
 * the key.
 */
#include "tests/unit/open_records.h"

#include "vaultd/keeper/usage.h"

static const uint8_t mount[16] = "a mount's uuid..";
static struct usage *usage;

static int
begin(void **state)
{
	open_records(state);
	usage = usage_new();
	return 0;
}

static int
end(void **state)
{
	usage_free(&usage);
	return close_records(state);
}

static void
note(const char *name, uint32_t version, enum usage_operation op, uint32_t n)
{
	struct usage_key *k = usage_open(usage, mount, str_of(name));

	usage_note(k, version, op, n, wall);
	usage_close(&k);
	assert_null(k);
}

static void
show(void *arg, const struct usage_version *v)
{
	buf_printf(arg, "v%u:", v->number);
	for (unsigned i = 0; i < USAGE_OPERATIONS; i++)
		buf_printf(arg, "%s%llu", i > 0 ? "/" : "", (unsigned long long)v->count[i]);
	buf_printf(arg, "@%lld ", (long long)((v->last - START) / CLOCK_SECOND));
}

static const char *
usage_of(const char *name)
{
	static char text[256];
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	assert_int_equal(usage_read(usage, records, mount, str_of(name), show, &b, &err), 0);
	snprintf(text, sizeof(text), "%.*s", STR(buf_str(&b)));
	buf_free(&b);
	return text;
}

static void
restart(void)
{
	usage_free(&usage);
	usage = usage_new();
	reopen_records();
}

static void
test_counts_by_version_and_operation(void **state)
{
	(void)state;
	note("k", 2, USAGE_ENCRYPT, 1);
	pass(5 * CLOCK_SECOND);
	note("k", 1, USAGE_DECRYPT, 3);
	note("k", 2, USAGE_ENCRYPT, 1);
	note("k", 3, USAGE_SIGN, 1);
	note("k", 3, USAGE_VERIFY, 7);
	assert_string_equal(usage_of("k"), "v1:0/3/0/0@5 v2:2/0/0/0@5 v3:0/0/1/7@5 ");
	assert_string_equal(usage_of("other"), "");
}

static void
test_survives_a_restart(void **state)
{
	(void)state;
	note("k", 1, USAGE_ENCRYPT, 2);
	assert_false(usage_flush(usage, records, 100));
	commit();
	restart();
	assert_string_equal(usage_of("k"), "v1:2/0/0/0@0 ");
	note("k", 1, USAGE_ENCRYPT, 1); /* before anything was read */
	assert_string_equal(usage_of("k"), "v1:3/0/0/0@0 ");
	usage_flush(usage, records, 100);
	commit();
	note("k", 1, USAGE_ENCRYPT, 1);
	usage_flush(usage, records, 100);
	commit();
	restart();
	assert_string_equal(usage_of("k"), "v1:4/0/0/0@0 ");
}

static void
test_survives_a_failed_batch(void **state)
{
	(void)state;
	note("k", 1, USAGE_ENCRYPT, 2);
	usage_flush(usage, records, 100);
	end_batch(false);
	assert_string_equal(usage_of("k"), "v1:2/0/0/0@0 ");
	usage_flush(usage, records, 100);
	commit();
	restart();
	assert_string_equal(usage_of("k"), "v1:2/0/0/0@0 ");
}

static void
test_counts_while_it_is_written(void **state)
{
	(void)state;
	note("k", 1, USAGE_DECRYPT, 1);
	usage_flush(usage, records, 100);
	note("k", 1, USAGE_DECRYPT, 1);
	commit();
	usage_flush(usage, records, 100);
	assert_true(records_changed(records));
	commit();
	usage_flush(usage, records, 100);
	assert_false(records_changed(records)); /* nothing new: nothing is written */
	restart();
	assert_string_equal(usage_of("k"), "v1:0/2/0/0@0 ");
}

static void
test_goes_with_the_key(void **state)
{
	struct usage_key *held = usage_open(usage, mount, str_of("k"));

	(void)state;
	usage_note(held, 1, USAGE_SIGN, 1, wall);
	usage_flush(usage, records, 100);
	commit();
	usage_note(held, 1, USAGE_SIGN, 1, wall);
	usage_forget(usage, records, mount, str_of("k"));
	usage_flush(usage, records, 100);
	commit();
	assert_string_equal(usage_of("k"), "");
	assert_int_equal(records_root(records)->count, 0);
	usage_note(held, 1, USAGE_SIGN, 1, wall); /* another key of that name */
	assert_string_equal(usage_of("k"), "v1:0/0/1/0@0 ");
	usage_close(&held);
}

static void
test_many_keys_are_written_in_slices(void **state)
{
	unsigned slices = 1;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "key-%u", i);
		note(name, 1 + i % 3, USAGE_ENCRYPT, i);
	}
	while (usage_flush(usage, records, 256)) {
		commit();
		slices++;
	}
	commit();
	assert_int_equal(slices, 4);
	restart();
	assert_int_equal(records_root(records)->count, 1000);
	assert_string_equal(usage_of("key-998"), "v3:998/0/0/0@0 ");
}

static void
test_a_clock_set_back_keeps_the_last_use(void **state)
{
	(void)state;
	pass(9 * CLOCK_SECOND);
	note("k", 1, USAGE_VERIFY, 1);
	wall -= YEAR;
	note("k", 1, USAGE_VERIFY, 1);
	assert_string_equal(usage_of("k"), "v1:0/0/0/2@9 ");
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_counts_by_version_and_operation),
		WITH(test_survives_a_restart),
		WITH(test_survives_a_failed_batch),
		WITH(test_counts_while_it_is_written),
		WITH(test_goes_with_the_key),
		WITH(test_many_keys_are_written_in_slices),
		WITH(test_a_clock_set_back_keeps_the_last_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
