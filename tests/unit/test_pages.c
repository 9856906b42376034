/*
 * A store's file that was edited or cut is refused with the page and the reason, or is
 * harmless: whatever passes the check, LMDB can read and write without going astray.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/store_dir.h"
#include "vaultd/store/pages.h"

enum { META_MAGIC = 16, META_VERSION = 20, META_FREE = 40, META_MAIN = 88, META_LAST = 136 };
enum { META_TXN = 144, DB_FLAGS = 4, DB_DEPTH = 6, DB_ROOT = 40 };
enum { PAGE_NUMBER = 0, PAGE_FLAGS = 10, PAGE_LOWER = 12, PAGE_UPPER = 14, PAGE_NODES = 16 };
enum { NODE_SIZE = 0, NODE_FLAGS = 4, NODE_KEY = 6, NODE_HEAD = 8 };

static int dir;
static uint8_t *file; /* as it was written */
static uint8_t *work; /* the edited one */
static size_t len, size;

static uint64_t
get(const uint8_t *at, unsigned width)
{
	uint64_t v = 0;

	memcpy(&v, at, width);
	return v;
}

static uint8_t *
page_at(uint64_t number)
{
	assert_true(number < len / size);
	return work + number * size;
}

static uint8_t *
node_at(uint8_t *page, unsigned i)
{
	return page + get(page + PAGE_NODES + 2 * i, 2);
}

static uint8_t *
node_data(uint8_t *node)
{
	return node + NODE_HEAD + get(node + NODE_KEY, 2);
}

/* Where a case pokes; every one is there in the store that make_store writes. */
static uint8_t *
at_meta(void)
{
	return page_at(get(work + size + META_TXN, 8) > get(work + META_TXN, 8));
}

static uint8_t *
at_first(void)
{
	return work;
}

static uint8_t *
at_second(void)
{
	return work + size;
}

static uint8_t *
at_free(void)
{
	return page_at(get(at_meta() + META_FREE + DB_ROOT, 8));
}

static uint8_t *
at_free_node(void)
{
	uint8_t *page = at_free();

	return node_at(page, (unsigned)(get(page + PAGE_LOWER, 2) - PAGE_NODES) / 2 - 1);
}

static uint8_t *
at_free_list(void)
{
	return node_data(at_free_node());
}

static uint8_t *
at_main(void)
{
	return page_at(get(at_meta() + META_MAIN + DB_ROOT, 8));
}

static uint8_t *
at_main_node(void)
{
	return node_at(at_main(), 1);
}

static uint8_t *
at_records(void)
{
	return node_data(at_main_node());
}

static uint8_t *
at_branch(void)
{
	return page_at(get(at_records() + DB_ROOT, 8));
}

static uint8_t *
at_branch_node(void)
{
	return node_at(at_branch(), 1);
}

static uint8_t *
at_leaf(void)
{
	return page_at(get(node_at(at_branch(), 0), 4));
}

static uint8_t *
at_leaf_node(void)
{
	return node_at(at_leaf(), 1);
}

/* The record whose value has pages of its own is the first of all. */
static uint8_t *
at_big_node(void)
{
	return node_at(at_leaf(), 0);
}

static uint8_t *
at_big_page(void)
{
	return page_at(get(node_data(at_big_node()), 8));
}

static const struct poke {
	uint8_t *(*at)(void);
	unsigned offset, width;
	uint64_t value;
	const char *reason; /* NULL: passes */
} pokes[] = {
    {at_first, META_MAGIC, 4, 0xbeefc0df, "not a meta page"},
    {at_second, META_MAGIC, 4, 0, "not a meta page"},
    {at_second, PAGE_FLAGS, 2, 2, "not a meta page"},
    {at_first, META_VERSION, 4, 2, "another version"},
    {at_first, META_FREE, 4, 0, "not a meta page"},
    {at_first, META_FREE, 4, 4095, "not a meta page"},
    {at_first, META_FREE, 4, 65536, "not a meta page"},
    {at_second, META_FREE, 4, 8192, "another page size"},
    {at_meta, META_LAST, 8, 0, "shorter"},
    {at_meta, META_LAST, 8, UINT64_MAX, "shorter"},
    {at_meta, META_LAST, 8, 1 << 20, "shorter"},
    {at_meta, META_LAST, 8, 3, "out of the file"},
    {at_meta, META_TXN, 8, UINT64_MAX - 1, "transaction"},
    {at_meta, META_TXN, 8, (UINT64_C(1) << 62) + 1, "transaction"},
    {at_meta, META_FREE + DB_FLAGS, 2, 0, "of a kind"},
    {at_meta, META_FREE + DB_DEPTH, 2, 33, "depth"},
    {at_meta, META_FREE + DB_DEPTH, 2, 0, "depth"},
    {at_meta, META_FREE + DB_ROOT, 8, UINT64_MAX, "depth"},
    {at_meta, META_FREE + DB_DEPTH, 2, 2, "not the page of a tree"},
    {at_meta, META_MAIN + DB_FLAGS, 2, 4, "of a kind"},
    {at_meta, META_MAIN + DB_ROOT, 8, 0, "out of the file"},
    {at_meta, META_MAIN + DB_ROOT, 8, UINT64_C(1) << 52, "out of the file"},
    {at_free_node, NODE_KEY, 2, 6, "nodes"},
    {at_free_list, 0, 8, 100000, "longer than its record"},
    {at_free_list, 0, 8, UINT64_MAX, "longer than its record"},
    {at_free_list, 8, 8, UINT64_MAX - 1, "out of the file"},
    {at_free_list, 8, 8, 1, "out of the file"},
    {at_free_list, 16, 8, UINT64_MAX - 1, "not in order"},
    {at_main_node, NODE_FLAGS, 2, 0, "not a named database"},
    {at_records, DB_FLAGS, 2, 4, "of a kind"},
    {at_records, DB_DEPTH, 2, 1, "not the page of a tree"},
    {at_records, DB_ROOT, 8, 0, "out of the file"},
    {at_branch, PAGE_NUMBER, 8, 2, "not the page of a tree"},
    {at_branch, PAGE_FLAGS, 2, 2, "not the page of a tree"},
    {at_branch, PAGE_LOWER, 2, 18, "nodes"},
    {at_branch_node, 0, 4, 0, "out of the file"},
    {at_branch_node, 0, 4, 1 << 30, "out of the file"},
    {at_branch_node, NODE_FLAGS, 2, 1, "out of the file"},
    {at_branch_node, NODE_KEY, 2, 0, "nodes"},
    {at_leaf, PAGE_FLAGS, 2, 2 | 0x20, "not the page of a tree"},
    {at_leaf, PAGE_LOWER, 2, 15, "bounds"},
    {at_leaf, PAGE_LOWER, 2, 14, "bounds"},
    {at_leaf, PAGE_LOWER, 2, 4096, "bounds"},
    {at_leaf, PAGE_LOWER, 2, 16, "too few nodes"},
    {at_leaf, PAGE_UPPER, 2, 4098, "bounds"},
    {at_leaf, PAGE_UPPER, 2, 4095, "bounds"},
    {at_leaf, PAGE_UPPER, 2, 4096, "outside"},
    {at_leaf, PAGE_NODES, 2, 4092, "outside"},
    {at_leaf, PAGE_NODES, 2, 0xfffe, "outside"},
    {at_leaf, PAGE_NODES, 2, 16, "outside"},
    {at_leaf_node, NODE_SIZE, 4, UINT32_MAX, "too long"},
    {at_leaf_node, NODE_SIZE, 4, 4000, "too long"},
    {at_leaf_node, NODE_SIZE, 4, 4, "nodes"},
    {at_leaf_node, NODE_KEY, 2, 512, "too long"},
    {at_leaf_node, NODE_FLAGS, 2, 4, "flags"},
    {at_leaf_node, NODE_FLAGS, 2, 2, "flags"},
    {at_leaf_node, NODE_HEAD, 1, 'z', "keys are not in order"},
    {at_leaf_node, NODE_HEAD, 1, 0, "keys are not in order"},
    {at_leaf_node, NODE_HEAD + 40, 1, 'z', NULL},
    {at_big_node, NODE_SIZE, 4, 3 * 4096, "too few pages"},
    {at_big_page, PAGE_FLAGS, 2, 2, "not the page of a value"},
    {at_big_page, PAGE_NUMBER, 8, 2, "not the page of a value"},
    {at_big_page, 12, 4, 0, "too few pages"},
    {at_big_page, 12, 4, 1, "too few pages"},
    {at_big_page, 12, 4, UINT32_MAX, "out of the file"},
    {at_big_page, 100, 1, 'z', NULL},
};

/* Some free pages, a tree of two levels, a value with pages of its own. */
static void
make_store(void)
{
	static char big[5000], text[200];
	struct store *s = store_dir_open(dir);
	struct error err = ERROR_INIT;
	char key[8];

	memset(big, 'b', sizeof big - 1);
	memset(text, 't', sizeof text - 1);
	assert_int_equal(store_dir_put(s, "A", big, 1, 0, &err), 0);
	for (unsigned i = 0; i < 24; i++) {
		snprintf(key, sizeof key, "k%02u", i);
		assert_int_equal(store_dir_put(s, key, text, 1, 0, &err), 0);
	}
	assert_int_equal(store_dir_put(s, "k03", NULL, 0, 1, &err), 0);
	store_close(&s);
}

static int
setup(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	dir = store_dir_make();
	make_store();
	fd = openat(dir, "data.mdb", O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	len = (size_t)st.st_size;
	size = (size_t)sysconf(_SC_PAGESIZE);
	file = malloc(len);
	work = malloc(len);
	assert_int_equal(read(fd, file, len), len);
	memcpy(work, file, len);
	close(fd);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(file);
	free(work);
	store_dir_remove(dir);
	return 0;
}

static void
test_good_passes(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(pages_check(file, len, &err), 0);
}

static void
test_pokes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pokes / sizeof pokes[0]; i++) {
		const struct poke *p = &pokes[i];
		struct error err = ERROR_INIT;
		int rc;

		memcpy(work, file, len);
		memcpy(p->at() + p->offset, &p->value, p->width);
		rc = pages_check(work, len, &err);
		if (rc != (p->reason == NULL ? 0 : -1) ||
		    (p->reason != NULL &&
			(err.code != ERR_CORRUPT || strstr(err.text, p->reason) == NULL)))
			fail_msg("poke %zu: %d \"%s\", not \"%s\"", i, rc, err.text, p->reason);
	}
	memcpy(work, file, len);
}

/* Numbers that are right in themselves but name what is used elsewhere. */
static void
test_used_twice(void **state)
{
	struct error err[3] = {ERROR_INIT, ERROR_INIT, ERROR_INIT};
	uint64_t leaf = get(node_at(at_branch(), 0), 4), branch = get(at_branch(), 8);

	(void)state;
	memcpy(at_branch_node(), &leaf, 4);
	assert_int_equal(pages_check(work, len, &err[0]), -1);
	assert_non_null(strstr(err[0].text, "in two places"));
	memcpy(work, file, len);
	memcpy(at_branch_node(), &branch, 4);
	assert_int_equal(pages_check(work, len, &err[1]), -1);
	assert_non_null(strstr(err[1].text, "in two places"));
	memcpy(work, file, len);
	memcpy(at_free_list(), &(uint64_t[]){1, branch}, 16);
	assert_int_equal(pages_check(work, len, &err[2]), -1);
	assert_non_null(strstr(err[2].text, "in two places"));
	memcpy(work, file, len);
}

/* LMDB finds the newer meta page again by the lowest bit of its transaction. */
static void
test_wrong_meta(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	at_meta()[META_TXN]++;
	assert_int_equal(pages_check(work, len, &err), -1);
	assert_non_null(strstr(err.text, "transaction"));
	memcpy(work, file, len);
}

/* A leaf of one node that fits its page exactly, of lengths that LMDB makes or does not make.
 */
static void
test_one_node(void **state)
{
	static const struct {
		uint16_t key_len;
		uint32_t data_len;
		const char *reason;
	} cases[] = {
	    {1, 8, NULL},
	    {1, 7, "without version"},
	    {0, 8, "wrong length"},
	    {511, 8, NULL},
	    {512, 8, "too long"},
	    {1, 2029, NULL},
	    {1, 2030, "too long"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = ERROR_INIT;
		size_t all =
		    (NODE_HEAD + cases[i].key_len + cases[i].data_len + 1u) & ~(size_t)1;
		uint16_t bounds[] = {18, (uint16_t)(4096 - all), (uint16_t)(4096 - all)};
		uint8_t *leaf = at_leaf();
		int rc;

		memset(leaf + PAGE_NODES, 0, size - PAGE_NODES);
		memcpy(leaf + PAGE_LOWER, bounds, sizeof bounds);
		memcpy(leaf + bounds[1] + NODE_SIZE, &cases[i].data_len, 4);
		memcpy(leaf + bounds[1] + NODE_KEY, &cases[i].key_len, 2);
		rc = pages_check(work, len, &err);
		memcpy(work, file, len);
		if ((rc == 0) != (cases[i].reason == NULL) ||
		    (rc != 0 && strstr(err.text, cases[i].reason) == NULL))
			fail_msg("case %zu: %d \"%s\"", i, rc, err.text);
	}
}

/* Nodes that overlap: the second one's place is within the first. */
static void
test_overlap(void **state)
{
	struct error err = ERROR_INIT;
	uint8_t *leaf = at_leaf();
	uint16_t place = (uint16_t)(get(leaf + PAGE_NODES + 2, 2) + 64);

	(void)state;
	memcpy(leaf + PAGE_NODES + 4, &place, sizeof place);
	memset(leaf + place, 0, NODE_HEAD);
	assert_int_equal(pages_check(work, len, &err), -1);
	assert_non_null(strstr(err.text, "nodes"));
	memcpy(work, file, len);
}

static bool
look(void *arg, struct str key, struct str value, uint64_t version)
{
	*(uint64_t *)arg += version + key.len;
	for (size_t i = 0; i < value.len; i++)
		*(uint64_t *)arg += (uint8_t)value.at[i];
	return true;
}

/* Open the file as it is in work; use it in every way.  Refused or not, it comes back. */
static void
use(size_t length)
{
	static char big[9000];
	struct error err = ERROR_INIT, other = ERROR_INIT;
	struct str value;
	uint64_t sum = 0;
	struct store *s;
	int fd = openat(dir, "data.mdb", O_WRONLY);

	memset(big, 'n', sizeof big - 1);
	if (pwrite(fd, work, length, 0) != (ssize_t)length || ftruncate(fd, (off_t)length) != 0)
		_exit(2);
	close(fd);
	s = store_open(dir, 1 << 20, &err);
	if (s == NULL && err.code != ERR_CORRUPT)
		_exit(3);
	if (s == NULL)
		return;
	store_get(s, STORE_RECORDS, str_of("k07"), &value, &sum);
	store_walk(s, STORE_RECORDS, str_of(""), str_of(""), look, &sum);
	store_walk(s, STORE_META, str_of(""), str_of(""), look, &sum);
	store_dir_put(s, "k11", NULL, 0, 1, &err);
	store_dir_put(s, "k12", big, 2, 1, &other);
	store_dir_put(s, "new", "text", 1, 0, &other);
	store_refresh(s, &err);
	store_walk(s, STORE_RECORDS, str_of(""), str_of(""), look, &sum);
	store_close(&s);
}

struct progress {
	size_t at;
	unsigned mask;
};

/* The edited file is refused, or LMDB is let loose on it. */
static void
try(bool loose)
{
	struct error err = ERROR_INIT;

	if (pages_check(work, len, &err) == 0 && loose)
		use(len);
	else if (err.code != ERR_NONE && err.code != ERR_CORRUPT)
		_exit(4);
}

/*
 * In a child: every byte of the page changed, those of the meta pages' contents bit by bit.
 * LMDB sees one in 8 of what passes, of zeros and the values' filling one in 32.
 */
static void
flip(struct progress *p, size_t from)
{
	unsigned random = 12345;

	for (p->at = from; p->at < from + size; p->at++) {
		bool meta = from < 2 * size && p->at - from < META_TXN + 8;
		bool filling = work[p->at] == 0 || work[p->at] == 't' || work[p->at] == 'b';

		for (unsigned bit = 0; bit < (meta ? 8 : 1); bit++) {
			random = random * 1664525 + 1013904223;
			p->mask = meta ? 1u << bit : 1 + (random >> 24) % 255;
			work[p->at] ^= (uint8_t)p->mask;
			try(meta || p->at % (filling ? 32 : 8) == 0);
			work[p->at] ^= (uint8_t)p->mask;
		}
	}
	_exit(0);
}

static void
test_every_byte_flipped(void **state)
{
	struct progress *p =
	    mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	for (size_t from = 0; from < len; from += size) {
		int status = 0;
		pid_t child = fork();

		if (child == 0)
			flip(p, from);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			fail_msg("byte %zu ^ %02x: status %x", p->at, p->mask, status);
	}
	munmap(p, sizeof *p);
}

static void
test_truncated(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t cut = 0; cut < len; cut += size) {
		static const int odd[] = {-1, 0, 1, 17, 2048};

		for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
			int status = 0;
			pid_t child;

			if (cut == 0 && odd[i] < 0)
				continue;
			child = fork();
			if (child == 0) {
				use(cut + (size_t)odd[i]);
				_exit(0);
			}
			assert_int_equal(waitpid(child, &status, 0), child);
			if (status != 0)
				fail_msg("cut to %zu%+d: status %x", cut, odd[i], status);
		}
	}
	assert_int_equal(pages_check(file, 2 * size, &err), -1);
	assert_non_null(strstr(err.text, "out of the file"));
	error_clear(&err);
	assert_int_equal(pages_check(file, 2 * size - 1, &err), -1);
	assert_non_null(strstr(err.text, "too short"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_passes),
	    cmocka_unit_test(test_pokes),
	    cmocka_unit_test(test_used_twice),
	    cmocka_unit_test(test_wrong_meta),
	    cmocka_unit_test(test_one_node),
	    cmocka_unit_test(test_overlap),
	    cmocka_unit_test(test_every_byte_flipped),
	    cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
