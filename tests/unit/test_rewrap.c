/*
 * Wrapping all records anew: none is left under an old term, none changes what it says, and a
 * batch that fails half-way costs nothing but its slice.
 */
#include "tests/unit/open_records.h"

#include "keys/record.h"

static const uint8_t mounts[3][16] = { "", "a mount's uuid..", "another mount's." };
static const enum record_kind kinds[] = { RECORD_KV_META, RECORD_KV_DATA, RECORD_SYSTEM,
	RECORD_AGENDA };

static struct record_name
name_of(unsigned i, char text[32])
{
	snprintf(text, 32, "directory-%u/record-%u", i % 7, i);
	return record_name_of(kinds[i % 4], mounts[i % 3], str_of(text));
}

static void
put_records(unsigned n)
{
	char text[32];

	for (unsigned i = 0; i < n; i++) {
		struct record_name name = name_of(i, text);

		records_put(records, &name, str_of(text));
	}
	commit();
}

static void
assert_records(unsigned n)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	char text[32];

	for (unsigned i = 0; i < n; i++) {
		struct record_name name = name_of(i, text);

		buf_clear(&b);
		assert_int_equal(records_get(records, &name, &b, &err), 0);
		assert_true(str_is(buf_str(&b), text));
	}
	buf_free(&b);
}

static bool
count_old(void *arg, struct str key, struct str value, uint64_t stored)
{
	uint64_t version, generation;
	uint32_t term;

	(void)key;
	(void)stored;
	assert_int_equal(record_peek(value, &term, &version, &generation), 0);
	*(unsigned *)arg += term != keyring_newest(keyring);
	return true;
}

static unsigned
old_records(void)
{
	unsigned n = 0;

	store_walk(store, STORE_RECORDS, (struct str){ NULL, 0 }, (struct str){ NULL, 0 },
	    count_old, &n);
	return n;
}

/* All slices; each is a batch.  fail: this one's commit fails. */
static struct rewrap
rewrap(unsigned fail)
{
	struct rewrap w = { .seen = 0 };

	for (unsigned slice = 1;; slice++) {
		struct rewrap before = w;
		int more = records_rewrap(records, &w);

		end_batch(slice != fail);
		if (slice == fail)
			w = before; /* as whoever reads it from the records would find it */
		else if (more == 0)
			return w;
	}
}

static void
assert_whole(void)
{
	struct error err = ERROR_INIT;
	int more;

	reopen_records();
	while ((more = records_scan(records, &err)) > 0)
		;
	if (more != 0)
		fail_msg("%s", err.text);
}

static void
test_leaves_nothing_under_the_old_term(void **state)
{
	struct error err = ERROR_INIT;
	struct rewrap w;

	(void)state;
	put_records(1000);
	keyring_add_term(keyring, wall);
	assert_int_equal(old_records(), records_root(records)->count);
	w = rewrap(0);
	assert_int_equal(w.seen, records_root(records)->count);
	assert_int_equal(w.unreadable, 0);
	assert_int_equal(old_records(), 0);
	assert_int_equal(keyring_retire_term(keyring, 1, &err), 0);
	assert_records(1000);
	assert_whole();
}

static void
test_a_failed_slice_is_done_again(void **state)
{
	(void)state;
	put_records(600);
	keyring_add_term(keyring, wall);
	assert_int_equal(rewrap(2).unreadable, 0);
	assert_int_equal(old_records(), 0);
	assert_records(600);
	assert_whole();
}

static void
test_goes_on_after_a_restart(void **state)
{
	struct rewrap w = { .seen = 0 };

	(void)state;
	put_records(600);
	keyring_add_term(keyring, wall);
	assert_int_equal(records_rewrap(records, &w), 1);
	commit();
	assert_in_range(old_records(), 1, records_root(records)->count - 1);
	reopen_records(); /* the mounts are known from the root record now */
	while (records_rewrap(records, &w) > 0)
		commit();
	assert_int_equal(old_records(), 0);
	assert_records(600);
	assert_whole();
}

static void
test_follows_what_changes_meanwhile(void **state)
{
	struct rewrap w = { .seen = 0 };
	char text[32];

	(void)state;
	put_records(600);
	keyring_add_term(keyring, wall);
	for (unsigned i = 0, more = 1; more; i++) {
		struct record_name gone = name_of(2 * i, text);

		records_delete(records, &gone);
		gone = name_of(2 * i, text);
		records_put(records, &gone, str_of(text));
		more = (unsigned)records_rewrap(records, &w);
		commit();
	}
	assert_int_equal(old_records(), 0);
	assert_records(600);
	assert_whole();
}

static void
test_what_does_not_open_is_counted(void **state)
{
	struct store_change damage = { STORE_RECORDS, { NULL, 0 }, { NULL, 0 }, 1, 1 };
	struct record_name n = { RECORD_SYSTEM, mounts[0], { "", 0 }, { "damaged", 7 } };
	struct record_place p = { .kind = RECORD_SYSTEM, .version = 1, .generation = 1 };
	uint8_t id[RECORD_ID];
	struct buf bad = BUF_INIT;
	struct error err = ERROR_INIT;
	struct rewrap w;

	(void)state;
	records_put(records, &n, str_of("text"));
	put_records(10);
	record_id(keyring, RECORD_SYSTEM, mounts[0], n.directory, n.name, id);
	record_wrap(keyring, &header, &p, str_of("of another place"), &bad);
	damage.key = (struct str){ (const char *)id, sizeof(id) };
	damage.value = buf_str(&bad);
	assert_int_equal(store_commit(store, &damage, 1, &err), 0);
	assert_int_equal(store_refresh(store, &err), 0);
	keyring_add_term(keyring, wall);
	w = rewrap(0);
	assert_int_equal(w.unreadable, 1);
	assert_int_equal(old_records(), 1);
	assert_records(10);
	buf_free(&bad);
}

static void
test_counts_what_it_wraps(void **state)
{
	uint64_t before;

	(void)state;
	put_records(10);
	before = records_take_wrapped(records);
	assert_true(before >= 10);
	assert_int_equal(records_wrapped(records), 0);
	put_records(1);
	assert_true(records_wrapped(records) >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RECORDS(test_leaves_nothing_under_the_old_term),
		WITH_RECORDS(test_a_failed_slice_is_done_again),
		WITH_RECORDS(test_goes_on_after_a_restart),
		WITH_RECORDS(test_follows_what_changes_meanwhile),
		WITH_RECORDS(test_what_does_not_open_is_counted),
		WITH_RECORDS(test_counts_what_it_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
