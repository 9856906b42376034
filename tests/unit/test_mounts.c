/*
 * The mount table: what was put is loaded, the longest path is found, settings keep their
 * meaning, and what was removed is out of the table until it is erased.
 */
#include "tests/unit/records_dir.h"

#include "base/secret.h"
#include "vaultd/keeper/mount_settings.h"
#include "vaultd/keeper/mounts.h"

static struct mounts *
load(void)
{
	struct error err = ERROR_INIT;
	struct mounts *m = mounts_load(records, &err);

	if (m == NULL)
		fail_msg("%s", err.text);
	return m;
}

static void
put(const char *path, enum mount_type type, const char *settings)
{
	struct mount m = { .path = str_of(path), .type = type, .settings = str_of(settings),
		.description = str_of("of a test") };

	mounts_put(records, &m);
}

/* ---- finding ---- */

static void
find_the_longest(void **state)
{
	static const struct {
		const char *path, *mount; /* NULL: none */
	} cases[] = { { "secret/data/a", "secret/" }, { "secret", "secret/" },
		{ "secret/", "secret/" }, { "secrets/a", NULL }, { "secre", NULL },
		{ "secret2/a", "secret2/" }, { "a/b/c/d", "a/b/c/" }, { "a/b/d", NULL },
		{ "a/b/c", "a/b/c/" }, { "sys/mounts", "sys/" }, { "auth/token/create", "auth/token/" },
		{ "auth/x/login", NULL }, { "", NULL } };
	struct mounts *m;

	(void)state;
	put("secret/", MOUNT_KV2, "");
	put("secret2/", MOUNT_KV1, "");
	put("a/b/c/", MOUNT_TRANSIT, "");
	m = load();
	assert_int_equal(mounts_count(m), 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct mount *f = mounts_find(m, str_of(cases[i].path));

		print_message("%s\n", cases[i].path);
		assert_int_equal(f != NULL, cases[i].mount != NULL);
		if (f != NULL)
			assert_true(str_is(f->path, cases[i].mount));
	}
	assert_null(mounts_exact(m, str_of("secret")));
	assert_non_null(mounts_exact(m, str_of("secret/")));
	mounts_free(&m);
}

/* ---- settings ---- */

static void
settings_keep_their_meaning(void **state)
{
	static const char text[] =
	    "{\"config\":{\"default_lease_ttl\":60,\"max_lease_ttl\":120,\"force_no_cache\":true,"
	    "\"audit_non_hmac_request_keys\":[\"a\",\"b\"],\"listing_visibility\":\"unauth\","
	    "\"token_type\":\"batch\"},\"options\":{\"version\":\"1\"},\"local\":true,"
	    "\"seal_wrap\":false,\"external_entropy_access\":false,\"move_id\":\"i\","
	    "\"moved_from\":\"old/\"}";
	struct error err = ERROR_INIT;
	struct arena *arena = arena_new(65536, 0, &err);
	struct mount_settings s;
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(mount_settings_parse(arena, str_of(text), &s, &err), 0);
	assert_int_equal(s.default_ttl, 60);
	assert_int_equal(s.max_ttl, 120);
	assert_true(s.force_no_cache && s.local && !s.seal_wrap);
	assert_true(str_is(s.visibility, "unauth") && str_is(s.token_type, "batch"));
	assert_int_equal(s.lists[0]->count, 2);
	assert_null(s.lists[1]);
	mount_settings_format(&s, &out);
	assert_string_equal((const char *)(buf_put_u8(&out, 0), out.data), text);
	assert_int_equal(mount_settings_parse(arena, str_of("{\"config\":"), &s, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	buf_free(&out);
	arena_free(arena);
}

static void
times_that_count(void **state)
{
	static const struct {
		int64_t default_ttl, max_ttl, counts_default, counts_max;
	} cases[] = { { 0, 0, MOUNT_TTL, MOUNT_TTL }, { 60, 0, 60, MOUNT_TTL }, { 0, 60, 60, 60 },
		{ 60, 120, 60, 120 }, { 0, MOUNT_TTL * 2, MOUNT_TTL, MOUNT_TTL * 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mount m = { .default_ttl = cases[i].default_ttl, .max_ttl = cases[i].max_ttl };

		assert_int_equal(mount_default_ttl(&m), cases[i].counts_default);
		assert_int_equal(mount_max_ttl(&m), cases[i].counts_max);
	}
}

static void
built_in_are_tuned(void **state)
{
	struct mounts *m = load();
	struct mount token = *mounts_exact(m, str_of("auth/token/"));

	(void)state;
	assert_true(token.built_in);
	token.settings = str_of("{\"config\":{\"max_lease_ttl\":60}}");
	mounts_put(records, &token);
	mounts_free(&m);
	m = load();
	assert_int_equal(mounts_count(m), 4);
	assert_int_equal(mount_max_ttl(mounts_exact(m, str_of("auth/token/"))), 60);
	assert_true(mounts_exact(m, str_of("auth/token/"))->built_in);
	mounts_free(&m);
}

/* ---- going ---- */

static void
removed_until_erased(void **state)
{
	struct error err = ERROR_INIT;
	struct mounts *m;
	struct mount gone, next;

	(void)state;
	put("x/", MOUNT_KV2, "");
	m = load();
	gone = *mounts_exact(m, str_of("x/"));
	assert_int_equal(mounts_next_removed(records, &next, &err), 1);
	mounts_remove(records, &gone);
	mounts_free(&m);
	m = load();
	assert_null(mounts_find(m, str_of("x/a")));
	mounts_free(&m);
	assert_int_equal(mounts_next_removed(records, &next, &err), 0);
	assert_memory_equal(next.uuid, gone.uuid, 16);
	assert_int_equal(next.type, MOUNT_KV2);

	put("x/", MOUNT_KV2, "");
	m = load();
	assert_memory_not_equal(mounts_exact(m, str_of("x/"))->uuid, gone.uuid, 16);
	mounts_free(&m);
	mounts_erased(records, &next);
	assert_int_equal(mounts_next_removed(records, &next, &err), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(find_the_longest, records_dir_open, records_dir_close),
		cmocka_unit_test(settings_keep_their_meaning),
		cmocka_unit_test(times_that_count),
		cmocka_unit_test_setup_teardown(built_in_are_tuned, records_dir_open, records_dir_close),
		cmocka_unit_test_setup_teardown(removed_until_erased, records_dir_open, records_dir_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
