/* A directory for a store under test, in memory where the system has that, else in /tmp. */
#ifndef TESTS_STORE_DIR_H
#define TESTS_STORE_DIR_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vaultd/store/store.h"

static char store_path[40];

/* A new empty directory, opened. */
static inline int
store_dir_make(void)
{
	int fd;

	strcpy(store_path, "/dev/shm/store-XXXXXX");
	if (mkdtemp(store_path) == NULL) {
		strcpy(store_path, "/tmp/store-XXXXXX");
		assert_non_null(mkdtemp(store_path));
	}
	fd = open(store_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static inline void
store_dir_remove(int fd)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "data.new"};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		unlinkat(fd, files[i], 0);
	close(fd);
	assert_int_equal(rmdir(store_path), 0);
}

static inline struct store *
store_dir_open(int fd)
{
	struct error err = ERROR_INIT;
	struct store *s = store_open(fd, UINT64_C(1) << 30, &err);

	if (s == NULL)
		fail_msg("%s", err.text);
	return s;
}

/* One change of the records; text NULL deletes. */
static inline struct store_change
store_dir_change(const char *key, const char *text, uint64_t version, uint64_t expected)
{
	return (struct store_change){STORE_RECORDS, str_of(key),
	    text == NULL ? (struct str){NULL, 0} : str_of(text), version, expected};
}

static inline int
store_dir_put(struct store *s, const char *key, const char *text, uint64_t version,
    uint64_t expected, struct error *err)
{
	struct store_change c = store_dir_change(key, text, version, expected);

	return store_commit(s, &c, 1, err);
}

#endif
