/*
 * The last checkpoint of an audit file is found wherever it stands, and only that one.
 */
#include "tests/unit/store_dir.h"

#include "base/buf.h"
#include "vaultd/keeper/audit_last.h"

#define LOG "audit.log"
#define FILLER "{\"type\":\"response\",\"path\":\"a \\\"type\\\":\\\"checkpoint\\\" of nobody\"}\n"

static int dir;
static struct audit_file file;

static int
set_up(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	dir = store_dir_make();
	assert_int_equal(audit_file_open(&file, dir, LOG, &err), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	audit_file_close(&file);
	unlinkat(dir, LOG, 0);
	store_dir_remove(dir);
	return 0;
}

static void
put(const char *text)
{
	struct error err = ERROR_INIT;
	size_t written = 0;

	assert_int_equal(audit_file_write(&file, str_of(text), &written, &err), 0);
}

static void
put_checkpoint(unsigned commit)
{
	char line[128];

	snprintf(line, sizeof(line),
	    "{\"type\":\"checkpoint\",\"checkpoint\":{\"seq\":1,\"commit\":%u},\"seq\":2}\n", commit);
	put(line);
}

/* What is found: the commit. */
static uint64_t
found(void)
{
	struct error err = ERROR_INIT;
	uint64_t commit = 99;

	assert_int_equal(audit_last_commit(&file, &commit, &err), 0);
	return commit;
}

static void
test_none(void **state)
{
	(void)state;
	assert_int_equal(found(), 0);
	put(FILLER FILLER);
	assert_int_equal(found(), 0);
	put("{\"type\":\"checkpoint\",\"checkpoint\":{\"seq\":1},\"seq\":2}\n{\"commit\":7}\n");
	assert_int_equal(found(), 0); /* of an earlier vaultd; the next line is not its own */
}

static void
test_last(void **state)
{
	(void)state;
	put_checkpoint(7);
	assert_int_equal(found(), 7);
	put(FILLER);
	put_checkpoint(12);
	put(FILLER);
	assert_int_equal(found(), 12);
}

/* So many bytes behind it that what is read at once begins at every place of its line. */
static void
test_far_from_the_end(void **state)
{
	struct buf lines = BUF_INIT;

	(void)state;
	put_checkpoint(3);
	put_checkpoint(41);
	while (lines.len < 256 * 1024 - 256)
		buf_put_text(&lines, FILLER);
	buf_put(&lines, "", 1);
	put((const char *)lines.data);
	for (unsigned i = 0; i < 512; i++) {
		put(".");
		assert_int_equal(found(), 41);
	}
	put((const char *)lines.data);
	assert_int_equal(found(), 41);
	buf_free(&lines);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_none),
	    TEST(test_last),
	    TEST(test_far_from_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
