/*
 * The keyring rotates by itself when it is time, once whatever the clock does, and in the end
 * only the newest term is there.
 */
#include "tests/unit/open_vault.h"

#include "base/clock.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/records_state.h"
#include "vaultd/keeper/terms.h"

#define DAY (24 * 3600 * CLOCK_SECOND)

static struct audit *trail;
static struct mounts *mounts;
static int64_t wall = 1764000000 * CLOCK_SECOND, boot;

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

static void
pass(int64_t ns)
{
	wall += ns;
	boot += ns;
}

static int
begin(void **state)
{
	struct error err = ERROR_INIT;

	clock_source.wall = fake_wall;
	clock_source.boot = fake_boot;
	wall = due_now(); /* where the test before left it */
	open_vault(state);
	trail = audit_open(dir, "audit.log", false, &err);
	assert_non_null(trail);
	mounts = mounts_load(vault_records(vault), &err);
	assert_non_null(mounts);
	return 0;
}

static int
end(void **state)
{
	mounts_free(&mounts);
	audit_close(&trail);
	unlinkat(dir, "audit.log", 0);
	return close_vault(state);
}

/* The chore, in batches of its own, until it wants to rest. */
static void
run(void)
{
	struct chore_run r = { .again = 0 };
	struct error err = ERROR_INIT;

	while (r.again < CHORE_IDLE) {
		r = (struct chore_run){ .again = CHORE_IDLE, .call = { .vault = vault,
			.records = vault_records(vault), .mounts = mounts, .audit = trail,
			.now = due_now() } };
		records_begin(r.call.records);
		assert_int_equal(terms_keep(&r, &err), 0);
		records_end(r.call.records);
		assert_int_equal(vault_commit(vault, &audit, &err), 0);
	}
}

static struct terms_status
status(void)
{
	struct error err = ERROR_INIT;
	struct terms_status s;

	assert_int_equal(terms_status(vault, &s, &err), 0);
	return s;
}

static void
configure(bool enabled, int64_t operations, int64_t interval)
{
	struct terms_config config = { enabled, operations, interval };
	struct error err = ERROR_INIT;

	records_begin(vault_records(vault));
	terms_config_put(vault_records(vault), &config);
	records_end(vault_records(vault));
	assert_int_equal(vault_commit(vault, &audit, &err), 0);
}

static void
assert_rotated(uint32_t term)
{
	struct terms_status s;

	run();
	s = status();
	assert_int_equal(s.newest, term);
	assert_int_equal(s.oldest, term);
	assert_false(s.running);
	assert_int_equal(s.unreadable, 0);
	assert_true(s.started == 0 || s.done == s.total);
	assert_opens_with(&old, 3); /* and it is so in the store */
	assert_int_equal(status().oldest, term);
}

static void
test_by_its_interval(void **state)
{
	(void)state;
	configure(true, TERMS_OPERATIONS_MAX, 2 * DAY);
	assert_rotated(1);
	pass(DAY);
	assert_rotated(1);
	pass(DAY);
	assert_rotated(2);
	pass(DAY);
	assert_rotated(2);
	pass(DAY);
	assert_rotated(3);
}

static void
test_jumps_of_the_clock(void **state)
{
	(void)state;
	configure(true, TERMS_OPERATIONS_MAX, 2 * DAY);
	wall += 365 * DAY;
	assert_rotated(2); /* once, not for each interval */
	wall -= 365 * DAY;
	assert_rotated(2);
	pass(3 * DAY);
	assert_rotated(3); /* it has not stopped */
}

static void
test_by_operations(void **state)
{
	struct record_place place = { .kind = RECORD_SYSTEM, .version = 1, .generation = 1 };
	struct buf out = BUF_INIT;

	(void)state;
	configure(true, TERMS_OPERATIONS_MIN, 0);
	assert_rotated(1);
	for (unsigned i = 0; i < TERMS_OPERATIONS_MIN; i++) {
		records_wrap(vault_records(vault), &place, (struct str){ NULL, 0 }, &out);
		out.len = 0;
	}
	assert_true(status().encryptions >= TERMS_OPERATIONS_MIN);
	assert_rotated(2);
	assert_true(status().encryptions < 1000);
	buf_free(&out);
}

static void
test_not_when_switched_off(void **state)
{
	(void)state;
	configure(false, TERMS_OPERATIONS_MIN, DAY);
	pass(10 * DAY);
	assert_rotated(1);
}

static void
test_on_demand_and_again_before_it_ended(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(vault_add_term(vault, due_now(), &err), 0);
	assert_true(status().running);
	assert_int_equal(vault_add_term(vault, due_now(), &err), 0);
	assert_rotated(3);
	assert_true(status().finished >= status().started);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_by_its_interval),
		WITH(test_jumps_of_the_clock),
		WITH(test_by_operations),
		WITH(test_not_when_switched_off),
		WITH(test_on_demand_and_again_before_it_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
