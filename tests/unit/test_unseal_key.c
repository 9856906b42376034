/*
 * The file of the unseal key is private, is read back as it was made, and nothing else is read
 * as one.
 */
#include <sys/stat.h>

#include "tests/unit/store_dir.h"
#include "vaultd/keeper/unseal_key.h"

#define FILE_NAME "unseal.key"

static int
open_dir(void **state)
{
	*state = (void *)(intptr_t)store_dir_make();
	return 0;
}

static int
remove_dir(void **state)
{
	int dir = (int)(intptr_t)*state;

	unlinkat(dir, FILE_NAME, 0);
	store_dir_remove(dir);
	return 0;
}

static void
write_as(int dir, const void *bytes, size_t len)
{
	int fd = openat(dir, FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* What reading it says. */
static enum error_code
refusal(int dir)
{
	struct error err = ERROR_INIT;
	struct secret *key = unseal_key_read(dir, &err);

	assert_int_equal(key == NULL, err.code != ERR_NONE);
	secret_free(&key);
	return err.code;
}

static void
test_is_read_back(void **state)
{
	int dir = (int)(intptr_t)*state;
	struct secret *made = unseal_key_make(dir, NULL), *read = unseal_key_read(dir, NULL);
	struct stat st;

	assert_non_null(made);
	assert_non_null(read);
	assert_true(secret_equal(made, read));
	assert_int_equal(fstatat(dir, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	secret_free(&made), secret_free(&read);
}

static void
test_takes_the_place_of_another(void **state)
{
	int dir = (int)(intptr_t)*state;
	struct secret *first = unseal_key_make(dir, NULL), *second, *read;

	write_as(dir, "old", 3);
	second = unseal_key_make(dir, NULL);
	read = unseal_key_read(dir, NULL);
	assert_false(secret_equal(first, second));
	assert_true(secret_equal(second, read));
	secret_free(&first), secret_free(&second), secret_free(&read);
}

static void
test_refuses_other_files(void **state)
{
	int dir = (int)(intptr_t)*state, fd;
	struct secret *key = NULL;
	char bytes[128] = "";
	ssize_t len;

	assert_int_equal(refusal(dir), ERR_NOT_FOUND);
	key = unseal_key_make(dir, NULL);
	fd = openat(dir, FILE_NAME, O_RDONLY);
	len = read(fd, bytes, sizeof bytes);
	close(fd);
	write_as(dir, bytes, (size_t)len);
	assert_int_equal(refusal(dir), ERR_NONE);
	write_as(dir, bytes, (size_t)len - 1);
	assert_int_equal(refusal(dir), ERR_CORRUPT);
	write_as(dir, bytes, (size_t)len + 1);
	assert_int_equal(refusal(dir), ERR_CORRUPT);
	bytes[0] ^= 1;
	write_as(dir, bytes, (size_t)len);
	assert_int_equal(refusal(dir), ERR_CORRUPT);
	unlinkat(dir, FILE_NAME, 0);
	assert_int_equal(symlinkat("/etc/hostname", dir, FILE_NAME), 0);
	assert_int_equal(refusal(dir), ERR_IO);
	secret_free(&key);
}

static void
test_no_key_without_its_file(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(unseal_key_make(-1, &err));
	assert_int_equal(err.code, ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_is_read_back, open_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(
		test_takes_the_place_of_another, open_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(test_refuses_other_files, open_dir, remove_dir),
	    cmocka_unit_test(test_no_key_without_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
