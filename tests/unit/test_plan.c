/*
 * A plan goes from step to step as its table says, whatever hooks answer, whenever the vault is
 * killed, and whatever the clock does.
 */
#include <sys/socket.h>

#include "tests/unit/open_records.h"

#include "vaultd/api/kv_secret.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/api/plan_steps.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/reply.h"

#define MINUTE (60 * CLOCK_SECOND)
#define SECRET "team/app"
#define GENERATE "\"kind\":\"generate\",\"fields\":{\"p\":{\"type\":\"hex\",\"bytes\":8}},"
#define HOOK "\"kind\":\"hook\",\"hook\":\"h\",\"retries\":1,\"backoff\":\"30s\","

static const struct mount secret = {.path = {"secret/", 7},
    .type = MOUNT_KV2,
    .uuid = {9},
    .uuid_text = "09000000-0000-4000-8000-000000000000"};

static struct mounts *mounts;
static struct audit *audit;
static struct arena *arena;
static struct hooks *hooks;
static struct plans *plans;
static struct channel *runner;

/* What the runner was asked last, and how it answers. */
static char asked[16], id[UUID_TEXT];
static unsigned runs;
static uint32_t pending_run;
static const char *fails, *waits; /* this step does */
static bool silent;

static void
start_runner(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	hooks = hooks_new(true);
	hooks_attach(hooks, ends[0]);
	runner = channel_new(ends[1], SIDE_RUNNER, SIDE_KEEPER);
	plans = plans_new(hooks);
}

static void
stop_runner(void)
{
	plans_free(&plans);
	hooks_free(&hooks);
	channel_free(&runner);
}

static int
begin(void **state)
{
	struct error err = ERROR_INIT;

	open_records(state);
	wall = due_now(); /* where the tests before left it */
	arena = arena_new((size_t)16 << 20, 0, &err);
	audit = audit_open(store_dir, "audit.log", false, &err);
	assert_true(arena != NULL && audit != NULL);
	mounts_put(records, &secret);
	commit();
	mounts = mounts_load(records, &err);
	assert_non_null(mounts);
	start_runner();
	runs = 0;
	fails = waits = NULL;
	silent = false;
	return 0;
}

static int
end(void **state)
{
	stop_runner();
	mounts_free(&mounts);
	audit_close(&audit);
	unlinkat(store_dir, "audit.log", 0);
	arena_free(arena);
	return close_records(state);
}

static struct call
call(void)
{
	struct call c = {.records = records,
	    .mounts = mounts,
	    .audit = audit,
	    .arena = arena,
	    .plans = plans,
	    .now = due_now()};

	reply_init(&c.reply);
	return c;
}

static void
answer(const char *text, uint32_t code)
{
	struct frame_ran ran = {pending_run, RAN_EXITED, code, str_of(text), {"", 0}};

	frame_put_ran(channel_begin(runner, FRAME_RAN), &ran);
	channel_end(runner);
}

static int
from_keeper(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	const struct json *document;
	struct frame_run f;

	(void)arg;
	(void)fd;
	assert_int_equal(type, FRAME_RUN);
	assert_true(frame_get_run(payload, &f));
	document = json_parse(arena, arena_copy(arena, f.document), &json_limits_body, err);
	snprintf(asked, sizeof(asked), "%.*s", STR(json_find(document, "step")->text));
	snprintf(id, sizeof(id), "%.*s", STR(json_find(document, "id")->text));
	pending_run = f.id;
	runs++;
	if (silent)
		return 0;
	if (fails != NULL && strcmp(fails, asked) == 0)
		answer("{\"error\":\"no\"}", 1);
	else if (waits != NULL && strcmp(waits, asked) == 0)
		answer("{\"wait\":\"1h\"}", 0);
	else
		answer(strcmp(asked, "create") == 0 ? "{\"pending\":{\"p\":\"new\"}}" : "", 0);
	return 0;
}

/* A slice in a batch of its own, and the runner's turn. */
static int64_t
slice(struct work **work)
{
	struct chore_run run = {.call = call()};
	struct error err = ERROR_INIT;

	run.call.work = work != NULL ? *work : NULL;
	assert_int_equal(plans_run_due(&run, &err), 0);
	if (work != NULL) {
		work_free(work);
		*work = run.later;
	}
	reply_clear(&run.call.reply);
	arena_reset(arena);
	commit();
	hooks_turn(hooks);
	assert_int_equal(channel_read(runner, from_keeper, NULL, &err), 0);
	assert_int_equal(channel_flush(runner, &err), 0);
	hooks_turn(hooks);
	arena_reset(arena);
	return run.again;
}

static void
slices(unsigned n)
{
	while (n-- > 0)
		slice(NULL);
}

static struct plan
look_at(const char *path)
{
	static char trouble[PLAN_TEXT + 1];
	struct call c = call();
	struct plan p;

	assert_int_equal(plan_read(&c, &secret, str_of(path), &p, NULL), 0);
	snprintf(trouble, sizeof(trouble), "%.*s", STR(p.trouble));
	p.trouble = str_of(trouble);
	p.path = str_of(path);
	arena_reset(arena);
	return p;
}

static struct plan
look(void)
{
	return look_at(SECRET);
}

static void
make(const char *path, const char *body)
{
	struct call c = call();
	struct plan p = {.mount = &secret, .path = str_of(path)};
	struct buf text = BUF_INIT, key = BUF_INIT;

	buf_printf(&text, "{%s}", body);
	c.body = json_parse(arena, buf_str(&text), &json_limits_body, NULL);
	assert_non_null(c.body);
	if (plan_settings_read(&c, &secret, &p.settings) != 0)
		fail_msg("%s: %.*s", body, STR(buf_str(&c.reply.errors)));
	plan_put_id(&key, &secret, p.path);
	p.due = plan_settings_next(&p.settings, buf_str(&key), 0, c.now);
	plan_idle(&c, &p, 0);
	plan_write(&c, &p);
	buf_free(&text);
	buf_free(&key);
	reply_clear(&c.reply);
	arena_reset(arena);
}

static uint32_t
version_of(const char *path)
{
	struct call c = call();
	struct kv_secret s;
	uint32_t current;

	c.mount = &secret;
	current = kv_read(&c, str_of(path), &s, NULL) == 0 ? s.current : 0;
	arena_reset(arena);
	return current;
}

/* ---- the tests ---- */

static void
it_rotates_when_due(void **state)
{
	(void)state;
	make(SECRET, GENERATE "\"period\":\"1h\",\"spread\":\"0\"");
	slices(3);
	assert_int_equal(version_of(SECRET), 0);
	for (uint32_t n = 1; n < 5; n++) {
		pass(HOUR - CLOCK_SECOND);
		slices(2);
		assert_int_equal(version_of(SECRET), n - 1);
		pass(CLOCK_SECOND);
		slices(2);
		assert_int_equal(version_of(SECRET), n);
		assert_int_equal(look().step, STEP_NONE);
	}
}

/* However long the clock jumped, each rotates once; set back, none stops. */
static void
jumps_make_no_storm(void **state)
{
	char path[16];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "many/%u", i);
		make(path, GENERATE "\"period\":\"1h\"");
	}
	commit();
	wall += YEAR;
	boot += MINUTE;
	for (unsigned i = 0; i < 3; i++)
		assert_true(slice(NULL) < CLOCK_SECOND); /* full slices: 32 each */
	slices(3);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "many/%u", i);
		assert_int_equal(version_of(path), 1);
		assert_true(look_at(path).due > due_now());
	}
	wall -= YEAR;
	for (unsigned i = 0; i < 3; i++) {
		pass(HOUR);
		slices(6);
	}
	for (unsigned i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "many/%u", i);
		assert_true(version_of(path) >= 3);
	}
}

static void
a_hook_takes_each_step(void **state)
{
	(void)state;
	make(SECRET, HOOK "\"period\":\"24h\",\"grace\":\"1h\"");
	pass(25 * HOUR);
	slices(12);
	assert_int_equal(version_of(SECRET), 1);
	assert_int_equal(runs, 3);
	assert_string_equal(asked, "test");
	assert_int_equal(look().step, STEP_RETIRE);
	pass(HOUR + MINUTE);
	slices(4);
	assert_string_equal(asked, "retire");
	assert_int_equal(look().step, STEP_NONE);
	assert_int_equal(runs, 4);
}

static void
a_failed_test_serves_nothing(void **state)
{
	struct plan p;

	(void)state;
	fails = "test";
	make(SECRET, HOOK "\"period\":\"24h\",\"on_failure\":\"wait\"");
	pass(25 * HOUR);
	slices(12);
	p = look();
	assert_int_equal(p.failures, 1);
	assert_true(p.next >= due_now() + 29 * CLOCK_SECOND); /* backoff */
	pass(MINUTE);
	slices(4);
	p = look();
	assert_true(p.waits);
	assert_int_equal(p.place, PLACE_PERSON);
	assert_int_equal(p.attempt, 2);
	pass(YEAR);
	slices(4);
	assert_int_equal(runs, 4);
	assert_int_equal(version_of(SECRET), 0);
	assert_int_equal(plans_waiting(plans), 1);
}

/* on_failure "retry": what was made is abandoned, an hour later it begins anew. */
static void
it_begins_anew(void **state)
{
	(void)state;
	fails = "set";
	make(SECRET, HOOK "\"period\":\"24h\"");
	pass(25 * HOUR);
	slices(6);
	pass(MINUTE);
	slices(6);
	assert_string_equal(asked, "abandon");
	assert_int_equal(look().step, STEP_NONE);
	assert_true(look().next >= due_now() + 59 * MINUTE);
	assert_true(look().due < due_now()); /* overdue it stays */
	fails = NULL;
	pass(HOUR + MINUTE);
	slices(12);
	assert_int_equal(version_of(SECRET), 1);
}

static void
a_hook_may_wait(void **state)
{
	char first[UUID_TEXT];

	(void)state;
	waits = "set";
	make(SECRET, HOOK "\"period\":\"24h\"");
	pass(25 * HOUR);
	slices(8);
	assert_string_equal(asked, "set");
	memcpy(first, id, sizeof(first));
	assert_int_equal(runs, 2);
	assert_int_equal(look().failures, 0);
	pass(HOUR + MINUTE);
	waits = NULL;
	slices(2);
	assert_string_equal(first, id);
	slices(8);
	assert_int_equal(version_of(SECRET), 1);
}

/* A kill after each slice, with the hook's run under way or not: the same id, in the end once.
 */
static void
kills_do_no_harm(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 10; at++) {
		uint32_t before = version_of(SECRET);

		if (at == 1)
			make(SECRET, HOOK "\"period\":\"24h\"");
		pass(25 * HOUR);
		slices(at - 1);
		silent = true;
		slice(NULL);
		stop_runner();
		silent = false;
		start_runner();
		slices(20);
		assert_int_equal(version_of(SECRET), before + 1);
		assert_int_equal(look().step, STEP_NONE);
	}
}

/* The intent is durable before the hook runs. */
static void
intent_comes_first(void **state)
{
	(void)state;
	silent = true;
	make(SECRET, HOOK "\"period\":\"24h\"");
	pass(25 * HOUR);
	slice(NULL);
	assert_int_equal(runs, 0);
	assert_true(look().running);
	assert_int_equal(look().attempt, 1);
	slice(NULL);
	assert_int_equal(runs, 1);
	assert_string_equal(look().id, id);
	slices(5);
	assert_int_equal(runs, 1);
	stop_runner();
	start_runner();
	slices(3);
	assert_int_equal(runs, 2);
	assert_int_equal(look().attempt, 2);
	assert_string_equal(look().id, id);
}

/* A batch that failed: what the hook answered is taken in the next one. */
static void
answers_outlive_a_failed_batch(void **state)
{
	struct chore_run run = {.call = call()};
	struct error err = ERROR_INIT;

	(void)state;
	make(SECRET, HOOK "\"period\":\"24h\"");
	pass(25 * HOUR);
	slices(2);
	assert_string_equal(asked, "create");
	run.call.now = due_now();
	assert_int_equal(plans_run_due(&run, &err), 0);
	arena_reset(arena);
	assert_true(records_changed(records));
	end_batch(false);
	slices(12);
	assert_int_equal(version_of(SECRET), 1);
	assert_int_equal(runs, 4);
	reply_clear(&run.call.reply);
}

/* A runner that says nothing ends a step, not the plan. */
static void
silence_is_a_failure(void **state)
{
	(void)state;
	silent = true;
	make(SECRET, HOOK "\"period\":\"24h\",\"timeout\":\"10s\"");
	pass(25 * HOUR);
	slices(3);
	pass(60 * CLOCK_SECOND);
	slices(2);
	assert_true(look().running);
	pass(11 * CLOCK_SECOND);
	slices(2);
	assert_false(look().running);
	assert_string_equal(look().trouble.at, "the runner does not answer");
	silent = false;
	pass(MINUTE);
	slices(12);
	assert_int_equal(version_of(SECRET), 1);
}

static void
eight_run_at_most(void **state)
{
	char path[16];
	unsigned running = 0;

	(void)state;
	silent = true;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "many/%u", i);
		make(path, HOOK "\"period\":\"1h\"");
	}
	pass(2 * HOUR);
	slices(20);
	assert_int_equal(runs, 8);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "many/%u", i);
		running += look_at(path).running;
	}
	assert_int_equal(running, 16);
}

static void
slow_pairs_are_made_elsewhere(void **state)
{
	struct work *work = NULL;

	(void)state;
	make(SECRET, "\"kind\":\"generate\",\"fields\":{\"k\":{\"type\":\"rsa-2048\"}},"
		     "\"period\":\"1h\"");
	pass(2 * HOUR);
	slice(&work);
	assert_non_null(work);
	assert_int_equal(version_of(SECRET), 0);
	work->run(work);
	slice(&work);
	assert_null(work);
	assert_int_equal(version_of(SECRET), 1);
}

static void
a_person_is_waited_for(void **state)
{
	struct call c;
	struct plan p;
	struct error err = ERROR_INIT;
	const struct json *data;

	(void)state;
	make(SECRET, "\"kind\":\"manual\",\"period\":\"24h\"");
	pass(25 * HOUR);
	slices(3);
	assert_int_equal(look().place, PLACE_PERSON);
	assert_int_equal(plans_waiting(plans), 1);
	c = call();
	assert_int_equal(plan_read(&c, &secret, str_of(SECRET), &p, &err), 0);
	data = json_parse(arena, str_of("{\"p\":\"mine\"}"), &json_limits_body, &err);
	assert_int_equal(plan_supply(&c, &p, data, &err), 0);
	plan_write(&c, &p);
	arena_reset(arena);
	slices(2);
	assert_int_equal(version_of(SECRET), 1);
	assert_int_equal(look().place, PLACE_AGENDA);
	assert_true(look().due > due_now());
	pass(MINUTE);
	slice(NULL);
	assert_int_equal(plans_waiting(plans), 0);
}

static void
with_its_secret_it_goes(void **state)
{
	struct call c;
	struct error err = ERROR_INIT;
	struct plan p;

	(void)state;
	silent = true;
	make(SECRET, HOOK "\"period\":\"24h\"");
	pass(25 * HOUR);
	slices(3);
	assert_int_equal(runs, 1);
	c = call();
	c.mount = &secret;
	assert_true(plan_drop(&c, str_of(SECRET), &err) > 0);
	answer("{\"pending\":{\"p\":\"late\"}}", 0);
	silent = false;
	slices(10);
	assert_int_equal(plan_read(&c, &secret, str_of(SECRET), &p, &err), 1);
	assert_int_equal(version_of(SECRET), 0);
	assert_int_equal(runs, 1);
	reply_clear(&c.reply);
}

#define WITH_PLANS(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_PLANS(it_rotates_when_due),
	    WITH_PLANS(jumps_make_no_storm),
	    WITH_PLANS(a_hook_takes_each_step),
	    WITH_PLANS(a_failed_test_serves_nothing),
	    WITH_PLANS(it_begins_anew),
	    WITH_PLANS(a_hook_may_wait),
	    WITH_PLANS(kills_do_no_harm),
	    WITH_PLANS(intent_comes_first),
	    WITH_PLANS(answers_outlive_a_failed_batch),
	    WITH_PLANS(silence_is_a_failure),
	    WITH_PLANS(eight_run_at_most),
	    WITH_PLANS(slow_pairs_are_made_elsewhere),
	    WITH_PLANS(a_person_is_waited_for),
	    WITH_PLANS(with_its_secret_it_goes),
	};

	clock_source.wall = fake_wall;
	clock_source.boot = fake_boot;
	wall = START;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
