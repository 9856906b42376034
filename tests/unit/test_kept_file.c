/*
 * A kept file is replaced whole, with its owner and mode, when it differs and not otherwise;
 * what is no file, and where none may be, is left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/files.h"
#include "client/kept_file.h"

#define NOBODY 65534

static char dir[] = "/tmp/test_kept_file.XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL && chdir(dir) == 0 && mkdir("sub", 0700) == 0 &&
		       symlink("file", "link") == 0 && mkfifo("fifo", 0600) == 0
		   ? 0
		   : -1;
}

static int
remove_dir(void **state)
{
	(void)state;
	unlink("file");
	unlink("link");
	unlink("fifo");
	rmdir("sub");
	return rmdir(dir);
}

static void
put(const struct kept_file *k, const char *content, bool expected, bool replaced)
{
	struct stat before = {0}, after;
	struct buf found = BUF_INIT;
	bool changed;

	stat("file", &before);
	assert_int_equal(kept_file_put(k, str_of(content), &changed, NULL), 0);
	assert_int_equal(changed, expected);
	assert_int_equal(stat("file", &after), 0);
	assert_int_equal(before.st_ino != after.st_ino, replaced);
	assert_int_equal(after.st_mode & 07777, k->mode);
	assert_int_equal(file_read("file", &found, NULL), 0);
	assert_true(str_is(buf_str(&found), content));
	buf_free(&found);
}

static void
test_replaces_what_differs(void **state)
{
	struct kept_file k;

	(void)state;
	assert_int_equal(kept_file_read(&k, "file", "0600", NULL, NULL), 0);
	assert_int_equal(kept_file_check(&k, NULL), 0);
	assert_int_equal(access("file", F_OK), -1);
	put(&k, "one", true, true);
	put(&k, "one", false, false);
	put(&k, "on", true, true);
	put(&k, "one", true, true);
	put(&k, "", true, true);
	put(&k, "", false, false);
	put(&k, "two", true, true);
	k.mode = 0640;
	put(&k, "two", false, true);
	put(&k, "two", false, false);
}

static void
test_gives_its_owner(void **state)
{
	struct kept_file k;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(kept_file_read(&k, "file", "0440", "65534:65534", NULL), 0);
	put(&k, "two", false, true);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, NOBODY);
	put(&k, "two", false, false);
}

static void
test_refuses_words(void **state)
{
	static const struct {
		const char *mode, *owner, *said;
	} cases[] = {
	    {"", NULL, "octal"},
	    {"0800", NULL, "octal"},
	    {"rw", NULL, "octal"},
	    {"04755", NULL, "octal"},
	    {"-1", NULL, "octal"},
	    {"0600 ", NULL, "octal"},
	    {"0600", "no-such-user", "no user no-such-user"},
	    {"0600", "root:no-such-group", "no group no-such-group"},
	    {"0600", "4294967295", "no user"},
	    {"0600", ":-1", "no group"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		struct kept_file k;

		assert_int_equal(
		    kept_file_read(&k, "file", cases[i].mode, cases[i].owner, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_non_null(strstr(err.text, cases[i].said));
	}
}

static void
test_refuses_places(void **state)
{
	static const struct {
		const char *path, *said;
	} cases[] = {
	    {"link", "symbolic link"},
	    {"sub", "directory"},
	    {"fifo", "no file"},
	    {"missing/file", "No such file"},
	    {"file/below", "Not a directory"},
	    {"/proc/file", "/proc/file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT, again = ERROR_INIT;
		struct kept_file k;
		bool changed;

		assert_int_equal(kept_file_read(&k, cases[i].path, "0600", NULL, NULL), 0);
		assert_int_equal(kept_file_check(&k, &err), -1);
		assert_non_null(strstr(err.text, cases[i].said));
		assert_int_equal(kept_file_put(&k, str_of("x"), &changed, &again), -1);
		assert_string_equal(again.text, err.text);
	}
}

/* Others than root: a directory that is not theirs, an owner that they cannot give. */
static void
test_refuses_strangers(void **state)
{
	struct kept_file k, given;
	struct error err = ERROR_INIT;
	bool changed;

	(void)state;
	if (geteuid() != 0 || seteuid(NOBODY) != 0)
		skip();
	assert_int_equal(kept_file_read(&k, "file", "0600", NULL, NULL), 0);
	assert_int_equal(kept_file_put(&k, str_of("stranger"), &changed, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(seteuid(0), 0);
	put(&(struct kept_file){"file", 0440, NOBODY, NOBODY}, "two", false, false);

	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(kept_file_read(&given, "file", "0600", "0:0", NULL), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	error_clear(&err);
	assert_int_equal(kept_file_put(&given, str_of("stranger"), &changed, &err), -1);
	assert_non_null(strstr(err.text, "owner"));
	assert_int_equal(seteuid(0), 0);
	put(&(struct kept_file){"file", 0440, NOBODY, NOBODY}, "two", false, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_replaces_what_differs),
	    cmocka_unit_test(test_gives_its_owner),
	    cmocka_unit_test(test_refuses_words),
	    cmocka_unit_test(test_refuses_places),
	    cmocka_unit_test(test_refuses_strangers),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
