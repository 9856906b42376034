/*
 * The store keeps what was committed, all of a commit or none, shows one snapshot at a time,
 * and refuses what does not fit: an unexpected version, a second process, a full map.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/store_dir.h"

static int dir;
static struct store *store;

static int
setup(void **state)
{
	(void)state;
	dir = store_dir_make();
	store = store_dir_open(dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	store_close(&store);
	store_dir_remove(dir);
	return 0;
}

static void
reopen(void)
{
	store_close(&store);
	store = store_dir_open(dir);
}

static void
put(const char *key, const char *text, uint64_t version, uint64_t expected)
{
	struct error err = ERROR_INIT;

	if (store_dir_put(store, key, text, version, expected, &err) != 0)
		fail_msg("%s: %s", key, err.text);
	assert_int_equal(store_refresh(store, &err), 0);
}

/* The snapshot has text under key at that version; version 0: has nothing there. */
static void
expect(const char *key, const char *text, uint64_t version)
{
	struct str value;
	uint64_t there = 0;

	if (!store_get(store, STORE_RECORDS, str_of(key), &value, &there)) {
		assert_int_equal(version, 0);
		return;
	}
	assert_int_equal(there, version);
	assert_true(str_is(value, text));
}

static void
test_put_get_delete(void **state)
{
	struct str value;
	uint64_t version;

	(void)state;
	put("a", "one", 1, 0);
	put("b", "", UINT64_MAX, 0);
	expect("a", "one", 1);
	expect("b", "", UINT64_MAX);
	expect("c", NULL, 0);
	assert_false(store_get(store, STORE_META, str_of("a"), &value, &version));
	put("a", "two", 7, 1);
	put("b", NULL, 0, UINT64_MAX);
	reopen();
	expect("a", "two", 7);
	expect("b", NULL, 0);
}

static void
test_expected_version(void **state)
{
	static const struct {
		const char *key;
		uint64_t expected;
		const char *text;
		bool met;
	} cases[] = {
	    {"there", 0, "x", false},
	    {"there", 4, "x", false},
	    {"there", 6, NULL, false},
	    {"there", 0, NULL, false},
	    {"missing", 1, "x", false},
	    {"missing", 1, NULL, false},
	    {"missing", 0, NULL, true},
	    {"missing", 0, "x", true},
	    {"there", 5, "x", true},
	};

	(void)state;
	put("there", "old", 5, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = ERROR_INIT;
		struct store_change both[] = {
		    store_dir_change("beside", "new", i + 1, i == 8 ? 8 : 0),
		    store_dir_change(cases[i].key, cases[i].text, 9, cases[i].expected)};
		int rc = store_commit(store, both, 2, &err);

		assert_int_equal(rc, cases[i].met ? 0 : -1);
		assert_int_equal(err.code, cases[i].met ? ERR_NONE : ERR_CONFLICT);
		assert_int_equal(store_refresh(store, &err), 0);
		if (!cases[i].met) {
			expect("there", "old", 5);
			expect("beside", NULL, 0);
		} else if (i == 6) {
			put("beside", NULL, 0, 7);
		}
	}
	expect("there", "x", 9);
	expect("missing", "x", 9);
}

struct visit {
	char seen[64];
	unsigned stop; /* after so many */
};

static bool
note(void *arg, struct str key, struct str value, uint64_t version)
{
	struct visit *v = arg;

	assert_true(str_equal(key, value));
	assert_int_equal(version, 1);
	strncat(v->seen, key.at, key.len);
	strcat(v->seen, " ");
	return --v->stop > 0;
}

static void
test_walk(void **state)
{
	static const char *const keys[] = {"c", "b3", "a", "b", "b1", "b2"};
	static const struct {
		const char *prefix, *after;
		unsigned stop;
		const char *seen;
	} cases[] = {
	    {"", "", 9, "a b b1 b2 b3 c "},
	    {"b", "", 9, "b b1 b2 b3 "},
	    {"b", "b", 9, "b1 b2 b3 "},
	    {"b", "b11", 9, "b2 b3 "},
	    {"b", "a", 9, "b b1 b2 b3 "},
	    {"b", "b3", 9, ""},
	    {"b", "c", 9, ""},
	    {"b", "", 2, "b b1 "},
	    {"", "b3", 9, "c "},
	    {"", "c", 9, ""},
	    {"d", "", 9, ""},
	    {"b12", "", 9, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		put(keys[i], keys[i], 1, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct visit v = {"", cases[i].stop};

		store_walk(store, STORE_RECORDS, str_of(cases[i].prefix),
		    str_of(cases[i].after), note, &v);
		assert_string_equal(v.seen, cases[i].seen);
	}
}

#define COMMITS 300
static atomic_bool committing;

static void *
commit_many(void *arg)
{
	struct error err = ERROR_INIT;

	for (uint64_t i = 1; i <= COMMITS; i++)
		if (store_dir_put(arg, "k", "new", i + 1, i, &err) != 0)
			break;
	committing = false;
	return err.code == ERR_NONE ? arg : NULL;
}

static void
test_snapshot_stands_while_commits_run(void **state)
{
	struct error err = ERROR_INIT;
	void *done = NULL;
	pthread_t thread;

	(void)state;
	put("k", "old", 1, 0);
	committing = true;
	assert_int_equal(pthread_create(&thread, NULL, commit_many, store), 0);
	while (committing)
		expect("k", "old", 1);
	assert_int_equal(pthread_join(thread, &done), 0);
	assert_ptr_equal(done, store);
	expect("k", "old", 1);
	assert_int_equal(store_refresh(store, &err), 0);
	expect("k", "new", COMMITS + 1);
}

static void
test_second_opener(void **state)
{
	struct error err = ERROR_INIT;
	char pid[32];

	(void)state;
	assert_null(store_open(dir, 1 << 20, &err));
	assert_int_equal(err.code, ERR_FOREIGN);
	snprintf(pid, sizeof pid, "process %ld", (long)getpid());
	assert_non_null(strstr(err.text, pid));
	put("still", "works", 1, 0);
	reopen();
	expect("still", "works", 1);
}

static void
test_files_are_private(void **state)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		assert_int_equal(fstatat(dir, files[i], &st, 0), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void
test_full_map(void **state)
{
	static char big[5000];
	struct error err = ERROR_INIT;
	char key[8];
	unsigned n = 0;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	store_close(&store);
	store = store_open(dir, 256 * 1024, &err);
	assert_non_null(store);
	do
		snprintf(key, sizeof key, "%u", ++n);
	while (n < 1000 && store_dir_put(store, key, big, n, 0, &err) == 0);
	assert_int_equal(err.code, ERR_FULL);
	assert_in_range(n, 10, 64);
	error_clear(&err);
	assert_int_equal(store_refresh(store, &err), 0);
	expect("1", big, 1);
	expect(key, NULL, 0);
	snprintf(key, sizeof key, "%u", n - 1);
	expect(key, big, n - 1);
	reopen(); /* with more room */
	expect(key, big, n - 1);
	put("more", big, 1, 0);
}

/* A write that the system refuses leaves what was there, and the store wants to be reopened. */
static void
test_failed_write(void **state)
{
	static char big[50000];
	struct error err = ERROR_INIT;
	struct rlimit all, little;
	struct stat st;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	put("a", "kept", 1, 0);
	assert_int_equal(fstatat(dir, "data.mdb", &st, 0), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	little = (struct rlimit){(rlim_t)st.st_size, all.rlim_max};
	setrlimit(RLIMIT_FSIZE, &little);
	assert_int_equal(store_dir_put(store, "b", big, 1, 0, &err), -1);
	setrlimit(RLIMIT_FSIZE, &all);
	assert_int_equal(err.code, ERR_IO);
	error_clear(&err);
	assert_int_equal(store_dir_put(store, "b", "small", 1, 0, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	expect("a", "kept", 1);
	reopen();
	expect("a", "kept", 1);
	expect("b", NULL, 0);
	put("b", big, 1, 0);
}

#define MANY 100000
#define BATCH 1000

static bool
count(void *arg, struct str key, struct str value, uint64_t version)
{
	(void)key;
	(void)value;
	(void)version;
	++*(unsigned *)arg;
	return true;
}

static void
test_many_records(void **state)
{
	static char keys[BATCH][9];
	struct store_change changes[BATCH];
	struct error err = ERROR_INIT;
	struct store_usage usage;
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 0; i < MANY; i += BATCH) {
		for (unsigned j = 0; j < BATCH; j++) {
			snprintf(keys[j], sizeof keys[j], "%08x", (i + j) * 2654435761u);
			changes[j] = store_dir_change(keys[j], keys[j], i + j + 1, 0);
		}
		assert_int_equal(store_commit(store, changes, BATCH, &err), 0);
	}
	reopen();
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(keys[0], sizeof keys[0], "%08x", i * 2654435761u);
		expect(keys[0], keys[0], i + 1);
	}
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), count, &seen);
	assert_int_equal(seen, MANY);
	store_usage(store, &usage);
	assert_int_equal(usage.records, MANY);
	assert_int_equal(usage.map_bytes, 1 << 30);
	assert_in_range(usage.used_bytes, MANY * 20, MANY * 100);
}

static bool
file_holds(const char *text)
{
	static char file[4 << 20];
	int fd = openat(dir, "data.mdb", O_RDONLY);
	ssize_t n = read(fd, file, sizeof file);

	close(fd);
	assert_in_range(n, 1, sizeof file - 1);
	return memmem(file, (size_t)n, text, strlen(text)) != NULL;
}

static void
test_compact(void **state)
{
	struct error err = ERROR_INIT;
	char key[8];

	(void)state;
	put("kept", "here", 1, 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%u", i);
		put(key, "destroyed-canary", 1, 0);
	}
	for (unsigned i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%u", i);
		put(key, NULL, 0, 1);
	}
	assert_true(file_holds("destroyed-canary"));
	assert_int_equal(store_copy(store, &err), 0);
	assert_int_equal(store_swap(store, &err), 0);
	assert_false(file_holds("destroyed-canary"));
	expect("kept", "here", 1);
	expect("7", NULL, 0);
	put("kept", "changed", 2, 1);
	reopen();
	expect("kept", "changed", 2);
}

static void
test_unfinished_copy_is_removed(void **state)
{
	(void)state;
	close(openat(dir, "data.new", O_WRONLY | O_CREAT, 0600));
	reopen();
	assert_int_equal(faccessat(dir, "data.new", F_OK, 0), -1);
	assert_int_equal(errno, ENOENT);
}

static const char *const trio[] = {"first", "second", "third"};

/* Commit round after round, all three at once, telling each through the pipe, until killed. */
static void
commit_until_killed(int pipe, uint64_t round)
{
	static char text[9000];
	struct store_change changes[3];
	struct error err = ERROR_INIT;

	store = store_dir_open(dir);
	for (;; round++) {
		memset(text, 0, sizeof text);
		memset(text, 'a' + (int)(round % 26), 1 + round * 977 % (sizeof text - 1));
		for (unsigned i = 0; i < 3; i++)
			changes[i] = store_dir_change(trio[i], text, round + 1, round);
		if (store_commit(store, changes, 3, &err) != 0 ||
		    write(pipe, &round, sizeof round) != sizeof round)
			_exit(1);
	}
}

/* The version of all three, which must be the same and whole. */
static uint64_t
trio_version(void)
{
	struct str value;
	uint64_t version[3] = {0};

	for (unsigned i = 0; i < 3; i++) {
		if (!store_get(store, STORE_RECORDS, str_of(trio[i]), &value, &version[i]))
			continue;
		assert_int_equal(value.len, 1 + (version[i] - 1) * 977 % 8999);
		assert_int_equal(value.at[0], 'a' + (version[i] - 1) % 26);
		assert_int_equal(value.at[value.len - 1], value.at[0]);
	}
	assert_int_equal(version[0], version[1]);
	assert_int_equal(version[0], version[2]);
	return version[0];
}

static void
test_killed_while_committing(void **state)
{
	uint64_t round = 0, told, acknowledged;

	(void)state;
	srand(3);
	for (unsigned i = 0; i < 50; i++) {
		int ends[2];
		pid_t child;

		store_close(&store);
		assert_int_equal(pipe(ends), 0);
		child = fork();
		if (child == 0)
			commit_until_killed(ends[1], round);
		close(ends[1]);
		acknowledged = round;
		if (read(ends[0], &told, sizeof told) == sizeof told)
			acknowledged = told + 1;
		usleep((useconds_t)(rand() % 5000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(ends[0], &told, sizeof told) == sizeof told)
			acknowledged = told + 1;
		close(ends[0]);
		store = store_dir_open(dir);
		round = trio_version();
		assert_in_range(round, acknowledged, acknowledged + 1);
	}
	assert_true(round > 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_put_get_delete),
	    TEST(test_expected_version),
	    TEST(test_walk),
	    TEST(test_snapshot_stands_while_commits_run),
	    TEST(test_second_opener),
	    TEST(test_files_are_private),
	    TEST(test_full_map),
	    TEST(test_failed_write),
	    TEST(test_many_records),
	    TEST(test_compact),
	    TEST(test_unfinished_copy_is_removed),
	    TEST(test_killed_while_committing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
