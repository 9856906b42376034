/*
 * Records over a store of their own, for one test: records_dir_open and records_dir_close are a
 * test's set-up and tear-down, or called by them.
 */
#ifndef TESTS_RECORDS_DIR_H
#define TESTS_RECORDS_DIR_H

#include "tests/unit/store_dir.h"

#include "vaultd/keeper/records.h"

static int dir;
static struct store *store;
static struct keyring *keyring;
static struct header header;
static struct records *records;

/* Empty, with a batch begun. */
static inline int
records_dir_open(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	dir = store_dir_make();
	store = store_dir_open(dir);
	keyring = keyring_new();
	assert_int_equal(header_new(&header, "na1", &err), 0);
	records = records_open(store, keyring, &header, true, &err);
	assert_non_null(records);
	records_begin(records);
	return 0;
}

static inline int
records_dir_close(void **state)
{
	(void)state;
	records_close(&records);
	keyring_free(&keyring);
	header_clear(&header);
	store_close(&store);
	store_dir_remove(dir);
	return 0;
}

#endif
