/*
 * Records: names hidden, directories kept, batches undone, and a store that was changed from
 * outside found out.
 */
#include "tests/unit/records_dir.h"

#include "base/secret.h"

static const uint8_t mount[16] = "a mount's uuid..";
static const uint8_t other_mount[16] = "another mount's.";

static struct record_name
name(const char *path)
{
	return record_name_of(RECORD_KV_META, mount, str_of(path));
}

static void
put(const char *path, const char *text)
{
	struct record_name n = name(path);

	records_put(records, &n, str_of(text));
}

static void
drop(const char *path)
{
	struct record_name n = name(path);

	records_delete(records, &n);
}

/* What a record holds, "" when there is none. */
static const char *
get(const char *path)
{
	static char text[64];
	struct record_name n = name(path);
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	if (records_get(records, &n, &b, &err) != 0)
		assert_int_equal(err.code, ERR_NOT_FOUND);
	snprintf(text, sizeof(text), "%.*s", STR(buf_str(&b)));
	buf_free(&b);
	return text;
}

static void
commit(void)
{
	static const uint8_t hash[32] = "the audit's chain stood here....";
	const struct store_change *changes;
	struct error err = ERROR_INIT;
	size_t count;

	records_end(records);
	changes = records_changes(records, 17, hash, &count);
	assert_int_equal(store_commit(store, changes, count, &err), 0);
	assert_int_equal(records_committed(records, true, &err), 0);
}

static bool
join(void *arg, struct str one)
{
	buf_printf(arg, "%.*s ", STR(one));
	return true;
}

static const char *
list_of(const uint8_t *where, const char *directory, const char *after, size_t limit)
{
	static char text[256];
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	assert_int_equal(records_list(records, RECORD_KV_META, where, str_of(directory),
			     str_of(after), limit, join, &b, &err), 0);
	snprintf(text, sizeof(text), "%.*s", STR(buf_str(&b)));
	buf_free(&b);
	return text;
}

static const char *
list(const char *directory)
{
	return list_of(mount, directory, "", 0);
}

static void
test_reads_see_the_last_commit(void **state)
{
	(void)state;
	records_begin(records);
	put("a", "one");
	assert_string_equal(get("a"), "one");
	records_end(records);
	assert_string_equal(get("a"), "");
	records_begin(records);
	put("a", "two");
	commit();
	assert_string_equal(get("a"), "two");
	assert_int_equal(records_root(records)->sequence, 1);
	assert_int_equal(records_root(records)->count, 1);
	assert_int_equal(records_root(records)->audit_sequence, 17);
}

static void
test_undo_forgets_one_request(void **state)
{
	size_t mark;

	(void)state;
	records_begin(records);
	put("a", "one");
	put("dir/b", "one");
	mark = records_mark(records);
	put("a", "two");
	drop("dir/b");
	put("new/c", "two");
	assert_string_equal(list(""), "a new/ ");
	records_undo(records, mark);
	assert_string_equal(get("a"), "one");
	assert_string_equal(list(""), "a dir/ ");
	commit();
	assert_string_equal(get("dir/b"), "one");
	assert_int_equal(records_root(records)->count, 3);
	while (records_scan(records, NULL) > 0)
		continue;
}

static void
test_directories_come_and_go(void **state)
{
	(void)state;
	records_begin(records);
	put("x/y/z/deep", "1");
	put("x/top", "1");
	commit();
	assert_string_equal(list(""), "x/ ");
	assert_string_equal(list("x/"), "top y/ ");
	assert_string_equal(list("x/y/z/"), "deep ");
	assert_string_equal(list("nothing/"), "");
	assert_string_equal(list_of(other_mount, "", "", 0), "");
	records_begin(records);
	drop("x/y/z/deep");
	assert_string_equal(list("x/"), "top ");
	commit();
	assert_string_equal(list("x/"), "top ");
	records_begin(records);
	drop("x/top");
	commit();
	assert_string_equal(list(""), "");
	assert_int_equal(records_root(records)->count, 0);
}

static void
test_pages_of_a_list(void **state)
{
	(void)state;
	records_begin(records);
	put("b", "1");
	put("a", "1");
	put("c", "1");
	commit();
	assert_string_equal(list_of(mount, "", "a", 0), "b c ");
	assert_string_equal(list_of(mount, "", "", 2), "a b ");
	assert_string_equal(list_of(mount, "", "a", 1), "b ");
}

static bool
holds_text(void *arg, struct str key, struct str value, uint64_t version)
{
	(void)version;
	*(bool *)arg |= memmem(value.at, value.len, "visible", 7) != NULL ||
	    memmem(key.at, key.len, "visible", 7) != NULL;
	return true;
}

static void
test_names_and_texts_are_hidden(void **state)
{
	bool found = false;

	(void)state;
	records_begin(records);
	put("visible-directory/visible-name", "visible text");
	commit();
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), holds_text, &found);
	store_walk(store, STORE_META, str_of(""), str_of(""), holds_text, &found);
	assert_false(found);
}

/* ---- a thief of the disk writes ---- */

struct copy {
	uint8_t key[32];
	struct buf value;
	uint64_t version;
	bool taken;
};

static bool
take_first(void *arg, struct str key, struct str value, uint64_t version)
{
	struct copy *c = arg;

	memcpy(c->key, key.at, sizeof(c->key));
	buf_put_str(&c->value, value);
	c->version = version;
	c->taken = true;
	return false;
}

static void
write_raw(const uint8_t *key, struct str value, uint64_t version, uint64_t expected)
{
	struct store_change change = { STORE_RECORDS, { (const char *)key, 32 }, value, version,
		expected };
	struct error err = ERROR_INIT;

	assert_int_equal(store_commit(store, &change, 1, &err), 0);
}

static int
scan_anew(struct error *err)
{
	int more;

	records_close(&records);
	assert_int_equal(store_refresh(store, err), 0);
	records = records_open(store, keyring, &header, false, err);
	assert_non_null(records);
	while ((more = records_scan(records, err)) > 0)
		continue;
	return more;
}

static void
test_rolled_back_record_is_found(void **state)
{
	struct copy old = { .value = BUF_INIT };
	struct error err = ERROR_INIT;

	(void)state;
	records_begin(records);
	put("a", "old");
	commit();
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), take_first, &old);
	records_begin(records);
	put("a", "new");
	commit();
	assert_int_equal(scan_anew(&err), 0);
	write_raw(old.key, buf_str(&old.value), 2, 2);
	assert_int_equal(scan_anew(&err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	buf_free(&old.value);
}

static bool
count_one(void *arg, struct str one)
{
	(void)one;
	++*(unsigned *)arg;
	return true;
}

static unsigned
some(size_t limit)
{
	unsigned count = 0;

	records_some(records, RECORD_KV_META, mount, str_of(""), limit, count_one, &count);
	return count;
}

static void
test_some_names_of_many(void **state)
{
	struct copy one = { .value = BUF_INIT };
	struct error err = ERROR_INIT;
	char path[] = "a";

	(void)state;
	records_begin(records);
	for (; path[0] < 'f'; path[0]++)
		put(path, "text");
	assert_int_equal(some(3), 3);
	commit();
	assert_int_equal(some(3), 3);
	assert_int_equal(some(9), 5);
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), take_first, &one);
	one.value.data[one.value.len - 1] ^= 1;
	write_raw(one.key, buf_str(&one.value), one.version, one.version);
	assert_int_equal(store_refresh(store, &err), 0);
	assert_int_equal(some(9), 4);
	buf_free(&one.value);
}

/* All names, as one text; patiently: a slice at a time, how many in *slices. */
static struct buf
names_of(const char *directory, const char *after, size_t limit, unsigned *slices)
{
	struct long_list *lists = NULL;
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	int rc = -1;

	for (*slices = 0; rc != 0; ++*slices) {
		records_patient(records, lists);
		rc = records_list(records, RECORD_KV_META, mount, str_of(directory), str_of(after),
		    limit, join, &b, &err);
		lists = records_impatient(records);
		assert_int_equal(rc != 0, long_list_waits(lists));
		if (rc != 0)
			assert_int_equal(b.len, 0);
		while (long_list_waits(lists))
			*slices += !long_list_go_on(records, lists);
		error_clear(&err);
	}
	long_list_free(&lists);
	return b;
}

/* A long directory is read in slices, others' changes between; and says the same in the end. */
static void
test_long_lists(void **state)
{
	struct buf all = BUF_INIT, patient;
	struct long_list *lists;
	struct error err = ERROR_INIT;
	char path[32];
	unsigned slices;

	(void)state;
	for (unsigned i = 0; i < 3500; i++) {
		snprintf(path, sizeof(path), i % 7 == 0 ? "long/%u/x" : "long/%u", i);
		put(path, "text");
	}
	put("short/a", "text");
	commit();
	assert_int_equal(records_list(records, RECORD_KV_META, mount, str_of("long/"),
			     str_of(""), 0, join, &all, &err), 0);
	patient = names_of("long/", "", 0, &slices);
	assert_true(slices >= 4);
	assert_true(str_equal(buf_str(&patient), buf_str(&all)));
	buf_free(&patient);
	patient = names_of("long/", "34", 3, &slices);
	assert_true(str_is(buf_str(&patient), "340 3400 3401 "));
	buf_free(&patient);
	patient = names_of("short/", "", 0, &slices);
	assert_int_equal(slices, 1);
	assert_true(str_is(buf_str(&patient), "a "));
	buf_free(&patient);

	/* Half-way names come and go: those that stay are all there, once. */
	records_patient(records, NULL);
	assert_int_equal(records_list(records, RECORD_KV_META, mount, str_of("long/"),
			     str_of(""), 0, join, &patient, &err), -1);
	lists = records_impatient(records);
	records_begin(records);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "long/new-%u", i);
		put(path, "text");
	}
	drop("long/3499");
	commit();
	while (!long_list_go_on(records, lists))
		continue;
	records_patient(records, lists);
	assert_int_equal(records_list(records, RECORD_KV_META, mount, str_of("long/"),
			     str_of("new"), 0, join, &patient, &err), -1); /* another list */
	lists = records_impatient(records);
	assert_true(long_list_waits(lists));
	long_list_free(&lists);
	buf_free(&all);
}

static void
test_removed_record_is_found(void **state)
{
	struct copy one = { .value = BUF_INIT };
	struct error err = ERROR_INIT;

	(void)state;
	records_begin(records);
	put("a", "1");
	put("b", "1");
	commit();
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), take_first, &one);
	write_raw(one.key, (struct str){ NULL, 0 }, 1, 1);
	assert_int_equal(scan_anew(&err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	buf_free(&one.value);
}

/* A record put in another's place does not open. */
static void
test_moved_record_does_not_open(void **state)
{
	struct copy one = { .value = BUF_INIT };
	struct record_name a = name("a"), b = name("b");
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;
	unsigned refused = 0;

	(void)state;
	records_begin(records);
	put("a", "1");
	commit();
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), take_first, &one);
	records_begin(records);
	put("b", "2");
	commit();
	records_begin(records);
	drop("a");
	commit();
	one.taken = false;
	struct copy place = { .value = BUF_INIT };
	store_walk(store, STORE_RECORDS, str_of(""), str_of(""), take_first, &place);
	write_raw(place.key, buf_str(&one.value), 2, 2);
	assert_int_equal(store_refresh(store, &err), 0);
	refused += records_get(records, &b, &text, &err) != 0 && err.code == ERR_CORRUPT;
	error_clear(&err);
	refused += records_get(records, &a, &text, &err) != 0 && err.code == ERR_NOT_FOUND;
	assert_int_equal(refused, 2);
	buf_free(&place.value);
	buf_free(&one.value);
	buf_free(&text);
}

/* Commits between the slices of the check neither stop it nor hide anything from it. */
static void
test_scan_follows_commits(void **state)
{
	struct error err = ERROR_INIT;
	char path[32];
	unsigned turns = 0;

	(void)state;
	records_begin(records);
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(path, sizeof(path), "d%u/k%u", i % 7, i);
		put(path, "text");
	}
	commit();
	records_close(&records);
	records = records_open(store, keyring, &header, false, &err);
	while (records_scan(records, &err) > 0) {
		records_begin(records);
		snprintf(path, sizeof(path), "d%u/k%u", turns % 7, turns);
		put(path, "changed");
		snprintf(path, sizeof(path), "d%u/k%u", (turns + 3) % 7, turns + 3);
		drop(path);
		commit();
		turns++;
	}
	assert_true(turns > 3);
	assert_int_equal(err.code, ERR_NONE);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, records_dir_open, records_dir_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_reads_see_the_last_commit),
		CASE(test_undo_forgets_one_request),
		CASE(test_directories_come_and_go),
		CASE(test_pages_of_a_list),
		CASE(test_names_and_texts_are_hidden),
		CASE(test_rolled_back_record_is_found),
		CASE(test_some_names_of_many),
		CASE(test_long_lists),
		CASE(test_removed_record_is_found),
		CASE(test_moved_record_does_not_open),
		CASE(test_scan_follows_commits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
