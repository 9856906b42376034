/*
 * Every byte of a small store changed in turn: the vault refuses to open and says why, or what
 * was changed fails by name, or it makes no difference; never is a wrong value read, and the
 * process lives.
 *
 * FAULT=long changes every byte, in three ways (usual: one in 61, in one way); SEED=n repeats
 * a run.
 */
#include "tests/unit/open_vault.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"

#define RECORDS 24
#define BLOCK 64 /* changes that one process tries */

static struct buf image; /* of the store's file */
static uint64_t sequence; /* of its last commit */

static struct record_name
name_of(unsigned i, char text[32])
{
	snprintf(text, 32, "folder/%u/secret", i % 5);
	return record_name_of(RECORD_KV1, no_mount, str_of(text));
}

static void
value_of(unsigned i, struct buf *out)
{
	for (unsigned n = 0; n <= i * 40; n++)
		buf_printf(out, "value %u of %u,", n, i);
}

static void
fill_store(void)
{
	struct records *r = vault_records(vault);
	struct error err = ERROR_INIT;
	char text[32];

	for (unsigned i = 0; i < RECORDS; i++) {
		struct record_name n = name_of(i, text);
		struct buf value = BUF_INIT;

		value_of(i, &value);
		records_begin(r);
		records_put(r, &n, buf_str(&value));
		records_end(r);
		assert_int_equal(vault_commit(vault, &audit, &err), 0);
		buf_free(&value);
	}
}

/*
 * The value that was written to a name last, or a reason why there is none.  A store that went
 * back to an earlier commit as a whole is for the audit to know.
 */
static bool
reads_right(unsigned i)
{
	struct buf wanted = BUF_INIT, got = BUF_INIT;
	struct error err = ERROR_INIT;
	char text[32];
	struct record_name n = name_of(RECORDS - 5 + i, text);
	bool right;

	if (records_root(vault_records(vault))->sequence != sequence)
		return records_root(vault_records(vault))->sequence < sequence;
	value_of(RECORDS - 5 + i, &wanted);
	if (records_get(vault_records(vault), &n, &got, &err) == 0)
		right = str_equal(buf_str(&got), buf_str(&wanted));
	else
		right = err.text[0] != '\0';
	buf_free(&wanted);
	buf_free(&got);
	return right;
}

/* The store with this byte changed; whether all went as it must. */
static bool
try_change(size_t at, uint8_t change)
{
	struct error err = ERROR_INIT;
	uint8_t byte = image.data[at] ^ change;
	bool good = true;
	int fd = openat(dir, "data.mdb", O_WRONLY);

	if (pwrite(fd, image.data, image.len, 0) != (ssize_t)image.len ||
	    pwrite(fd, &byte, 1, (off_t)at) != 1)
		abort();
	close(fd);
	vault = vault_new(dir, UINT64_C(1) << 26, "na1", &err);
	if (vault == NULL)
		return err.text[0] != '\0';
	if (unseal(&old, 0, 3) == SHARE_OPENED)
		for (unsigned i = 0; i < 5 && good; i++)
			good = reads_right(i);
	vault_free(&vault);
	return good;
}

/* In a process of its own, which a crash ends. */
static void
try_block(const size_t *places, const uint8_t *changes, unsigned count)
{
	unsigned *reached = mmap(NULL, sizeof(*reached), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		bool good = true;

		for (*reached = 0; *reached < count && good; *reached += good)
			good = try_change(places[*reached], changes[*reached]);
		_exit(good ? 0 : 1);
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	if (status != 0)
		fail_msg("byte %zu of %zu ^ %02x: %s (status %x)", places[*reached], image.len,
		    changes[*reached], WIFEXITED(status) ? "a wrong value" : "the process died",
		    (unsigned)status);
	munmap(reached, sizeof(*reached));
}

static void
take_image(void)
{
	int fd;
	ssize_t n;

	buf_clear(&image);
	sequence = records_root(vault_records(vault))->sequence;
	vault_free(&vault);
	fd = openat(dir, "data.mdb", O_RDONLY);
	assert_true(fd >= 0);
	do {
		n = read(fd, buf_reserve(&image, 65536), 65536);
		image.len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	assert_true(image.len >= 8 * 4096);
}

static void
test_every_byte(void **state)
{
	static const uint8_t ways[] = {0x01, 0x80, 0xff};
	const char *wanted = getenv("FAULT"), *seed = getenv("SEED");
	bool all = wanted != NULL && strcmp(wanted, "long") == 0;
	unsigned start = seed != NULL ? (unsigned)atoi(seed) : (unsigned)time(NULL);
	size_t places[BLOCK];
	uint8_t changes[BLOCK];
	unsigned count = 0, tried = 0;

	(void)state;
	fill_store();
	take_image();
	log_init("test", LOG_HUMAN, LOG_LEVEL_ERROR);
	if (freopen("/dev/null", "w", stderr) == NULL) /* what is wrong with each is logged */
		fail();
	print_message("SEED=%u\n", start);
	for (size_t at = all ? 0 : start % 61; at < image.len; at += all ? 1 : 61)
		for (size_t way = 0; way < (all ? sizeof(ways) : 1); way++) {
			places[count] = at;
			changes[count++] = ways[(way + start) % sizeof(ways)];
			tried++;
			if (count == BLOCK) {
				try_block(places, changes, count);
				count = 0;
			}
		}
	try_block(places, changes, count);
	print_message("%u changes of %zu bytes\n", tried, image.len);
}

/* The control: a store without a change reads right, and one with another value does not. */
static void
test_control(void **state)
{
	(void)state;
	fill_store();
	take_image();
	assert_true(try_change(0, 0));
	launch();
	assert_int_equal(unseal(&old, 0, 3), SHARE_OPENED);
	assert_true(reads_right(0));
	assert_false(reads_right(RECORDS)); /* the name of one value, not the value */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_VAULT(test_control),
	    WITH_VAULT(test_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
