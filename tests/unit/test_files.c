/*
 * A new file is there whole or not at all; a bar says how far something is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/files.h"
#include "client/new_file.h"
#include "client/progress.h"

static char dir[] = "/tmp/files-XXXXXX";
static char path[64];

static int
make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/file", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static unsigned
count_files(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
begin(struct new_file **n, bool replace, const char *text)
{
	*n = new_file_begin(path, 0600, replace, NULL);
	assert_non_null(*n);
	assert_int_equal(file_put(new_file_fd(*n), path, str_of(text), NULL), 0);
}

static void
assert_holds(const char *text)
{
	struct buf content = BUF_INIT;

	assert_int_equal(file_read(path, &content, NULL), 0);
	assert_true(str_is(buf_str(&content), text));
	assert_int_equal(count_files(), 1);
	buf_free(&content);
}

static void
test_whole_or_not_at_all(void **state)
{
	struct error err = ERROR_INIT;
	struct new_file *n, *other;
	struct stat st;

	(void)state;
	begin(&n, false, "dropped");
	new_file_drop(&n);
	assert_int_equal(count_files(), 0);

	begin(&n, false, "first");
	begin(&other, false, "second");
	assert_int_equal(new_file_keep(&n, NULL), 0);
	assert_int_equal(new_file_keep(&other, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_holds("first");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	assert_null(new_file_begin(path, 0600, false, NULL));
	begin(&n, true, "third");
	assert_holds("first");
	assert_int_equal(new_file_keep(&n, NULL), 0);
	assert_holds("third");
	begin(&n, true, "fourth");
	new_file_drop(&n);
	assert_holds("third");
}

static void
test_bars(void **state)
{
	static const struct {
		struct progress bar;
		uint64_t done;
		int64_t seconds;
		const char *line;
	} cases[] = {
	    {{true, NULL, 0, 0, 0, false}, 1536, 3, "1.5 KiB, 512 B/s"},
	    {{true, NULL, 4096, 0, 0, false}, 1024, 2,
		" 25 % [######------------------] 1.0 KiB of 4.0 KiB, 512 B/s, 6 s left"},
	    {{true, NULL, 1000, 0, 0, false}, 2000, 2,
		"100 % [########################] 1000 B of 1000 B, 1000 B/s, 0 s left"},
	    {{false, "records", 1000, 0, 0, false}, 1, 4,
		"  0 % [------------------------] 1 of 1000 records, 0/s, 1 h 6 min left"},
	    {{false, "records", 9000, 0, 0, false}, 1000, 1000,
		" 11 % [##----------------------] 1000 of 9000 records, 1/s, 2 h 13 min left"},
	    {{false, "records", 600, 0, 0, false}, 0, 2,
		"  0 % [------------------------] 0 of 600 records, 0/s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf line = BUF_INIT;

		progress_format(
		    &cases[i].bar, cases[i].done, cases[i].seconds * CLOCK_SECOND, &line);
		buf_put_u8(&line, '\0');
		assert_string_equal((const char *)line.data, cases[i].line);
		buf_free(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_or_not_at_all),
	    cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
