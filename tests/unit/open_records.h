/* The records of an open vault of their own, and clocks that a test drives. */
#ifndef TESTS_OPEN_RECORDS_H
#define TESTS_OPEN_RECORDS_H

#include "tests/unit/store_dir.h"

#include "base/clock.h"
#include "vaultd/keeper/records.h"

#define HOUR (3600 * CLOCK_SECOND)
#define YEAR (365 * 24 * HOUR)
#define START (1764000000 * CLOCK_SECOND)

static int store_dir;
static struct store *store;
static struct keyring *keyring;
static struct header header;
static struct records *records;
static int64_t wall, boot;

static inline int64_t
fake_wall(void)
{
	return wall;
}

static inline int64_t
fake_boot(void)
{
	return boot;
}

/* Time passes, for both clocks. */
static inline void
pass(int64_t ns)
{
	wall += ns;
	boot += ns;
}

/* For a test that begins: an empty vault, inside a batch. */
static inline int
open_records(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	wall = START;
	boot += CLOCK_SECOND;
	clock_source.wall = fake_wall;
	clock_source.boot = fake_boot;
	store_dir = store_dir_make();
	store = store_dir_open(store_dir);
	keyring = keyring_new();
	assert_int_equal(header_new(&header, "na1", &err), 0);
	records = records_open(store, keyring, &header, true, &err);
	assert_non_null(records);
	records_begin(records);
	return 0;
}

static inline int
close_records(void **state)
{
	(void)state;
	records_close(&records);
	keyring_free(&keyring);
	header_clear(&header);
	store_close(&store);
	store_dir_remove(store_dir);
	return 0;
}

/* The batch is written, or (done: false) the disk was full; the next one begins. */
static inline void
end_batch(bool done)
{
	static const uint8_t hash[32];
	const struct store_change *changes;
	struct error err = ERROR_INIT;
	size_t count;

	records_end(records);
	changes = records_changes(records, 1, hash, &count);
	if (done)
		assert_int_equal(store_commit(store, changes, count, &err), 0);
	assert_int_equal(records_committed(records, done, &err), 0);
	records_begin(records);
}

static inline void
commit(void)
{
	end_batch(true);
}

/* As after a restart: all that is known is in the store. */
static inline void
reopen_records(void)
{
	struct error err = ERROR_INIT;

	records_close(&records);
	records = records_open(store, keyring, &header, false, &err);
	assert_non_null(records);
	records_begin(records);
}

#define WITH_RECORDS(f) cmocka_unit_test_setup_teardown(f, open_records, close_records)

#endif
