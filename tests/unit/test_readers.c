/*
 * Readings of secrets are kept by version, identity and day, through failed batches and
 * restarts, never more than there is room for.
 */
#include "tests/unit/open_records.h"

#include "vaultd/api/readers.h"
#include "vaultd/api/kv_secret.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/reply.h"

static const struct mount secret = {.path = {"secret/", 7},
    .type = MOUNT_KV2,
    .uuid = {9},
    .uuid_text = "09000000-0000-4000-8000-000000000000"};
static struct readers *readers;

static int
begin(void **state)
{
	open_records(state);
	readers = readers_new();
	return 0;
}

static int
end(void **state)
{
	readers_free(&readers);
	return close_records(state);
}

static void
forget_memory(void)
{
	readers_free(&readers);
	readers = readers_new();
}

static void
note(const char *path, uint32_t version, const char *who)
{
	readers_note(readers, secret.uuid, str_of(path), version, str_of(who), wall);
}

struct sum {
	unsigned count;
	uint32_t versions, days;
};

static void
add(void *arg, const struct reading *r)
{
	struct sum *s = arg;

	s->count++;
	s->versions += r->version;
	s->days += r->day - (uint32_t)(START / READERS_DAY);
}

static struct sum
read_sum(const char *path, uint32_t *dropped)
{
	struct error err = ERROR_INIT;
	struct sum s = {0};
	uint32_t ignored;

	assert_int_equal(readers_read(readers, records, secret.uuid, str_of(path), add, &s,
			     dropped != NULL ? dropped : &ignored, &err),
	    0);
	return s;
}

static void
each_version_and_identity_once(void **state)
{
	struct sum s;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		note("a", 1, "one");
		note("a", 2, "one");
		note("a", 1, "two");
	}
	s = read_sum("a", NULL);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.versions, 4);
	pass(READERS_DAY);
	note("a", 2, "one");
	s = read_sum("a", NULL);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.days, 1);
	assert_int_equal(read_sum("b", NULL).count, 0);
}

static void
what_is_written_is_added_to(void **state)
{
	(void)state;
	note("a", 1, "one");
	note("a", 1, "two");
	assert_false(readers_flush(readers, records, 10));
	commit();
	forget_memory();
	note("a", 1, "three");
	note("a", 1, "one");
	readers_flush(readers, records, 10);
	commit();
	forget_memory();
	assert_int_equal(read_sum("a", NULL).count, 3);
}

static void
a_failed_batch_loses_nothing(void **state)
{
	(void)state;
	note("a", 1, "one");
	readers_flush(readers, records, 10);
	end_batch(false);
	readers_flush(readers, records, 10);
	commit();
	forget_memory();
	assert_int_equal(read_sum("a", NULL).count, 1);
}

static void
nothing_new_is_not_written(void **state)
{
	(void)state;
	note("a", 1, "one");
	readers_flush(readers, records, 10);
	commit();
	readers_flush(readers, records, 10);
	note("a", 1, "one");
	readers_flush(readers, records, 10);
	assert_false(records_changed(records));
	pass(READERS_DAY);
	note("a", 1, "one");
	readers_flush(readers, records, 10);
	assert_true(records_changed(records));
}

static void
slices_are_bounded(void **state)
{
	char path[16];

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		snprintf(path, sizeof(path), "s%u", i);
		note(path, 1, "one");
	}
	assert_true(readers_flush(readers, records, 20));
	assert_false(readers_flush(readers, records, 20));
}

static void
the_oldest_goes(void **state)
{
	uint32_t dropped;
	char who[16];
	struct sum s;

	(void)state;
	note("a", 1, "first");
	pass(READERS_DAY);
	for (unsigned i = 0; i < READERS_EACH; i++) {
		snprintf(who, sizeof(who), "w%u", i);
		note("a", 1, who);
	}
	s = read_sum("a", &dropped);
	assert_int_equal(s.count, READERS_EACH);
	assert_int_equal(s.days, READERS_EACH);
	assert_int_equal(dropped, 1);
	readers_flush(readers, records, 10);
	commit();
	forget_memory();
	read_sum("a", &dropped);
	assert_int_equal(dropped, 1);
}

static void
with_its_secret_it_is_forgotten(void **state)
{
	(void)state;
	note("a", 1, "one");
	readers_flush(readers, records, 10);
	readers_forget(readers, records, secret.uuid, str_of("a"));
	assert_int_equal(read_sum("a", NULL).count, 0);
	commit();
	readers_flush(readers, records, 10);
	commit();
	forget_memory();
	assert_int_equal(read_sum("a", NULL).count, 0);
}

/* ---- what nobody reads ---- */

static struct arena *arena;

static struct call
call(void)
{
	struct call c = {.records = records,
	    .readers = readers,
	    .arena = arena,
	    .now = wall,
	    .mount = &secret};

	reply_init(&c.reply);
	return c;
}

static void
make(const char *path)
{
	struct call c = call();
	struct kv_config config = {0};
	struct kv_version *added;
	struct kv_secret s;

	assert_true(kv_read(&c, str_of(path), &s, NULL) >= 0);
	assert_int_equal(kv_add(&c, str_of(path), &s, &config, str_of("{}"), &added), 0);
	reply_clear(&c.reply);
	arena_reset(arena);
}

/* All paths, page by page, each behind a blank. */
static void
unused(int days, int limit, char *paths, size_t size)
{
	char after[64] = "", body[160];

	paths[0] = '\0';
	do {
		struct mounts *mounts = mounts_load(records, NULL);
		struct call c = call();
		const struct json *data;

		snprintf(body, sizeof(body),
		    "{\"unused_days\":%d,\"limit\":%d,\"after\":\"%s\"}", days, limit, after);
		c.mounts = mounts;
		c.parameter[0] = str_of("secret");
		c.body = json_parse(arena, str_of(body), &json_limits_body, NULL);
		assert_int_equal(api_readers(&c, NULL), 0);
		data = json_parse(
		    arena, arena_copy(arena, buf_str(&c.reply.data)), &json_limits_body, NULL);
		assert_true(json_find(data, "unused")->count <= (unsigned)limit);
		for (const struct json *u = json_find(data, "unused")->first; u != NULL;
		     u = u->next)
			snprintf(paths + strlen(paths), size - strlen(paths), " %.*s",
			    STR(json_find(u, "path")->text));
		snprintf(after, sizeof(after), "%.*s", STR(json_find(data, "after")->text));
		reply_clear(&c.reply);
		arena_reset(arena);
		mounts_free(&mounts);
	} while (after[0] != '\0');
}

static void
unused_secrets_are_found(void **state)
{
	static const char *const all[] = {"a", "a/b", "a/c/d", "a-b", "a.b", "b", "c/d/e", "z"};
	char paths[256];

	(void)state;
	arena = arena_new((size_t)16 << 20, 0, NULL);
	mounts_put(records, &secret);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		make(all[i]);
	commit();
	unused(30, 10, paths, sizeof(paths));
	assert_string_equal(paths, ""); /* all are new */
	pass(40 * READERS_DAY);
	note("b", 1, "one");
	note("a/c/d", 1, "one");
	make("new");
	commit();
	for (int limit = 1; limit < 9; limit++) {
		unused(30, limit, paths, sizeof(paths));
		assert_string_equal(paths, " a a-b a.b a/b c/d/e z");
	}
	unused(41, 10, paths, sizeof(paths));
	assert_string_equal(paths, "");
	pass(40 * READERS_DAY);
	unused(30, 3, paths, sizeof(paths));
	assert_string_equal(paths, " a a-b a.b a/b a/c/d b c/d/e new z");
	arena_free(arena);
}

#define WITH_READERS(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_READERS(each_version_and_identity_once),
	    WITH_READERS(what_is_written_is_added_to),
	    WITH_READERS(a_failed_batch_loses_nothing),
	    WITH_READERS(nothing_new_is_not_written),
	    WITH_READERS(slices_are_bounded),
	    WITH_READERS(the_oldest_goes),
	    WITH_READERS(with_its_secret_it_is_forgotten),
	    WITH_READERS(unused_secrets_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
