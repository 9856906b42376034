/*
 * The history of rotations: the last few of each thing, the last thousand of everything, newest
 * first.
 */
#include "tests/unit/open_records.h"

#include "vaultd/keeper/rotation.h"

static const struct rotation_thing keyring_thing = { .kind = ROTATION_KEYRING,
	.name = { "keyring", 7 } };
static const struct rotation_thing key = { .kind = ROTATION_KEY, .mount = "a mount's uuid.",
	.name = { "key", 3 } };
static const struct rotation_thing plan = { .kind = ROTATION_PLAN, .mount = "a mount's uuid.",
	.name = { "key", 3 } };

static void
note(const struct rotation_thing *t, unsigned n, bool done)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "try %u", n);
	rotation_note(records, t, &(struct rotation_event){ n, done, buf_str(&text) });
	buf_free(&text);
}

struct told {
	struct buf text;
	unsigned count, most;
	int64_t last;
};

static bool
tell(void *arg, const struct rotation_thing *t, const struct rotation_event *e)
{
	struct told *told = arg;

	assert_true(told->count == 0 || e->when < told->last);
	told->last = e->when;
	buf_printf(&told->text, "%u:%.*s:%.*s%s ", (unsigned)t->kind, STR(t->name), STR(e->text),
	    e->done ? "" : "!");
	return ++told->count < told->most;
}

static const char *
history(const struct rotation_thing *t, unsigned most)
{
	static char text[512];
	struct told told = { .most = most };
	struct error err = ERROR_INIT;

	if (t != NULL)
		assert_int_equal(rotation_of(records, t, tell, &told, &err), 0);
	else
		assert_int_equal(rotation_all(records, tell, &told, &err), 0);
	snprintf(text, sizeof(text), "%.*s", STR(buf_str(&told.text)));
	buf_free(&told.text);
	return text;
}

static void
test_newest_first(void **state)
{
	(void)state;
	assert_string_equal(history(NULL, 9), "");
	assert_string_equal(history(&key, 9), "");
	note(&key, 1, true);
	note(&keyring_thing, 2, true);
	note(&key, 3, false);
	note(&plan, 4, true);
	commit();
	assert_string_equal(history(&key, 9), "2:key:try 3! 2:key:try 1 ");
	assert_string_equal(history(&plan, 9), "3:key:try 4 ");
	assert_string_equal(history(NULL, 3), "3:key:try 4 2:key:try 3! 1:keyring:try 2 ");
}

static void
test_is_bounded(void **state)
{
	struct told told = { .most = UINT32_MAX };
	struct error err = ERROR_INIT;

	(void)state;
	for (unsigned i = 1; i <= ROTATION_ALL + 7; i++) {
		note(&key, i, true);
		if (i % 100 == 0)
			commit();
	}
	commit();
	assert_int_equal(rotation_all(records, tell, &told, &err), 0);
	assert_int_equal(told.count, ROTATION_ALL);
	assert_int_equal(told.last, 8);
	buf_free(&told.text);
	assert_string_equal(history(&key, 2), "2:key:try 1007 2:key:try 1006 ");
	told = (struct told){ .most = UINT32_MAX };
	assert_int_equal(rotation_of(records, &key, tell, &told, &err), 0);
	assert_int_equal(told.count, ROTATION_EVENTS);
	buf_free(&told.text);
}

static void
test_long_texts_are_cut(void **state)
{
	char text[1000];
	struct told told = { .most = 1 };
	struct error err = ERROR_INIT;

	(void)state;
	memset(text, 'x', sizeof(text));
	rotation_note(records, &key,
	    &(struct rotation_event){ 1, false, { text, sizeof(text) } });
	assert_int_equal(rotation_of(records, &key, tell, &told, &err), 0);
	assert_int_equal(told.text.len, strlen("2:key:! ") + ROTATION_TEXT);
	buf_free(&told.text);
}

static void
test_forgets_one_thing(void **state)
{
	(void)state;
	note(&key, 1, true);
	note(&plan, 2, true);
	commit();
	rotation_forget(records, &key);
	commit();
	assert_string_equal(history(&key, 9), "");
	assert_string_equal(history(&plan, 9), "3:key:try 2 ");
	assert_string_equal(history(NULL, 9), "3:key:try 2 2:key:try 1 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RECORDS(test_newest_first),
		WITH_RECORDS(test_is_bounded),
		WITH_RECORDS(test_long_texts_are_cut),
		WITH_RECORDS(test_forgets_one_thing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
