/* keeper/named and the watching of records: what is kept of a key is never what it was. */
#include "tests/unit/transit_call.h"

#include "keys/named_use.h"

#define NAMED_TESTED 40000 /* more than are kept */

static const struct key_traits *
traits(const char *type)
{
	return key_type_find(str_of(type));
}

static struct named_key *
make(const char *name, const char *type)
{
	struct named_key_request r = {.type = traits(type)->type};
	struct error err = ERROR_INIT;
	struct named_key *k;

	r.place.name = str_of(name);
	memcpy(r.place.mount, transit.uuid, sizeof(r.place.mount));
	k = named_key_new(named_all(named), &r, &err);
	if (k == NULL)
		fail_msg("%s", err.text);
	return k;
}

static void
put_new(const char *name)
{
	struct named_key *k = make(name, "aes256-gcm96");

	named_put(named, transit.uuid, str_of(name), k);
	named_key_free(&k);
}

static struct named_key *
find(const char *name)
{
	return named_find(named, transit.uuid, str_of(name), NULL);
}

/* The key's latest version; 0: there is none. */
static uint32_t
latest(const char *name)
{
	struct named_key *k = find(name);
	uint32_t version = k == NULL ? 0 : named_key_settings(k)->latest_version;

	named_key_free(&k);
	return version;
}

static void
rotate(const char *name)
{
	struct named_key *k = find(name), *copy = named_key_copy(k);

	assert_int_equal(named_key_rotate(copy, NULL), 0);
	named_put(named, transit.uuid, str_of(name), copy);
	named_key_free(&copy);
	named_key_free(&k);
}

static void
test_keeps_what_does_not_change(void **state)
{
	struct named_key *first, *again;

	(void)state;
	assert_int_equal(latest("a"), 0);
	assert_false(named_has(named, transit.uuid, str_of("a")));
	put_new("a");
	commit();
	first = find("a");
	again = find("a");
	assert_ptr_equal(first, again);
	named_key_free(&again);
	put_new("b");
	commit();
	again = find("a");
	assert_ptr_equal(first, again);
	named_key_free(&again);
	named_key_free(&first);
}

static void
test_batch_sees_its_own(void **state)
{
	(void)state;
	put_new("a");
	assert_int_equal(latest("a"), 1);
	rotate("a");
	assert_int_equal(latest("a"), 2);
	/* Who reads while the batch is being written sees what was before it. */
	records_end(records);
	assert_int_equal(latest("a"), 0);
	records_begin(records);
	assert_int_equal(latest("a"), 2);
	commit();
	assert_int_equal(latest("a"), 2);
}

static void
test_failed_batch_leaves_nothing(void **state)
{
	size_t mark;

	(void)state;
	put_new("a");
	commit();
	assert_int_equal(latest("a"), 1);
	rotate("a");
	assert_int_equal(latest("a"), 2);
	end_batch(false);
	assert_int_equal(latest("a"), 1);
	/* The next batch has the same number; what it writes is another key's. */
	rotate("a");
	rotate("a");
	mark = records_mark(records);
	rotate("a");
	assert_int_equal(latest("a"), 4);
	records_undo(records, mark);
	assert_int_equal(latest("a"), 3);
	commit();
	assert_int_equal(latest("a"), 3);
	records_end(records);
	assert_int_equal(latest("a"), 3);
	records_begin(records);
}

static void
test_deleted_is_gone(void **state)
{
	(void)state;
	put_new("a");
	commit();
	assert_int_equal(latest("a"), 1);
	named_delete(named, transit.uuid, str_of("a"));
	assert_false(named_has(named, transit.uuid, str_of("a")));
	assert_int_equal(latest("a"), 0);
	end_batch(false);
	assert_true(named_has(named, transit.uuid, str_of("a")));
	assert_int_equal(latest("a"), 1);
	named_delete(named, transit.uuid, str_of("a"));
	commit();
	assert_int_equal(latest("a"), 0);
	put_new("a");
	rotate("a");
	commit();
	assert_int_equal(latest("a"), 2);
}

static void
test_mounts_and_names_are_apart(void **state)
{
	static const uint8_t other[16] = {8};
	struct error err = ERROR_INIT;

	(void)state;
	put_new("a");
	commit();
	assert_int_equal(latest("a"), 1);
	assert_null(named_find(named, other, str_of("a"), &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(latest("A"), 0);
	assert_int_equal(latest("aa"), 0);
	assert_int_equal(latest(""), 0);
}

/* More keys than are kept: each is still found, and is the right one. */
static void
test_many(void **state)
{
	struct named_key *k;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < NAMED_TESTED; i++) {
		snprintf(name, sizeof(name), "k%u", i);
		put_new(name);
		if (i % 1000 == 7)
			rotate(name);
	}
	commit();
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < NAMED_TESTED; i++) {
			snprintf(name, sizeof(name), "k%u", i);
			k = find(name);
			assert_int_equal(named_key_settings(k)->latest_version, 1 + (i % 1000 == 7));
			named_key_free(&k);
		}
}

/* A sealed vault's keys open no more, whoever still holds them. */
static void
test_sealed(void **state)
{
	struct cipher_use use = {0};
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	struct named_key *k;

	(void)state;
	put_new("a");
	commit();
	k = find("a");
	named_free(&named);
	assert_int_equal(named_key_encrypt(k, &use, str_of("text"), &out, &err), -1);
	assert_int_equal(err.code, ERR_SEALED);
	named_key_free(&k);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_TRANSIT(test_keeps_what_does_not_change),
	    WITH_TRANSIT(test_batch_sees_its_own),
	    WITH_TRANSIT(test_failed_batch_leaves_nothing),
	    WITH_TRANSIT(test_deleted_is_gone),
	    WITH_TRANSIT(test_mounts_and_names_are_apart),
	    WITH_TRANSIT(test_many),
	    WITH_TRANSIT(test_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
