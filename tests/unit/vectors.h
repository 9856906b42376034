/*
 * What the tests of keys/ share: bytes from hexadecimal, a pinned source of randomness, lines
 * of the vector files in tests/data.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/reveal.h"
#include "base/secret.h"
#include "base/text.h"

#define FIELDS 12 /* most of a line of vectors */

/* "-" is no bytes. */
static inline struct buf
bytes_of(const char *hex)
{
	struct buf bytes = BUF_INIT;

	if (strcmp(hex, "-") != 0)
		assert_true(hex_decode(&bytes, str_of(hex)));
	return bytes;
}

static inline struct secret *
secret_of(const char *hex)
{
	struct buf bytes = bytes_of(hex);
	struct secret *secret = secret_take(bytes.data, bytes.len);

	buf_free(&bytes);
	return secret;
}

static inline void
assert_bytes(struct str got, const char *hex)
{
	struct buf want = bytes_of(hex);

	assert_int_equal(got.len, want.len);
	if (want.len > 0)
		assert_memory_equal(got.at, want.data, want.len);
	buf_free(&want);
}

static inline void
assert_secret(const struct secret *got, const char *hex)
{
	struct secret *want = secret_of(hex);

	assert_non_null(got);
	assert_true(secret_equal(got, want));
	secret_free(&want);
}

static uint8_t pinned[64];
static void (*unpinned)(void *, size_t);

static inline void
random_pinned(void *bytes, size_t len)
{
	assert_true(len <= sizeof pinned);
	memcpy(bytes, pinned, len);
}

/* Every draw of randomness begins with these bytes, until unpin(). */
static inline void
pin(const char *hex)
{
	struct buf bytes = bytes_of(hex);

	assert_true(bytes.len <= sizeof pinned);
	memcpy(pinned, bytes.data, bytes.len);
	unpinned = clock_source.random;
	clock_source.random = random_pinned;
	buf_free(&bytes);
}

static inline void
unpin(void)
{
	clock_source.random = unpinned;
}

/*
 * Call check for each line of a vector file with its fields, the first of which is the case's
 * number and the second whether it is valid.  Returns how many there were.
 */
static inline unsigned
each_vector(const char *path, unsigned count, void (*check)(char *const *field, int valid))
{
	char line[8192], *field[FIELDS], *rest = NULL;
	FILE *file = fopen(path, "r");
	unsigned lines = 0;

	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		unsigned n = 0;

		if (line[0] == '#')
			continue;
		for (char *at = strtok_r(line, " \n", &rest); at != NULL && n < FIELDS;
		     at = strtok_r(NULL, " \n", &rest))
			field[n++] = at;
		assert_int_equal(n, count);
		check(field, strcmp(field[1], "valid") == 0);
		lines++;
	}
	fclose(file);
	return lines;
}

#endif
