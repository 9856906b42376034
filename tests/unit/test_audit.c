/*
 * The audit: every request has its line in the shape that readers expect, no value is in any,
 * and the file goes on through crashes, full disks and rotation.
 */
#include "tests/unit/audit_log.h"

#include <signal.h>
#include <sys/resource.h>

#include "client/verify.h"

static struct log l;

static int
set_up(void **state)
{
	(void)state;
	log_begin(&l);
	log_open(&l);
	return 0;
}

static void
allow_size(rlim_t most)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = most;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int
tear_down(void **state)
{
	(void)state;
	allow_size(RLIM_INFINITY);
	log_end(&l);
	return 0;
}

/* The last line of the file, parsed in the arena. */
static const struct json *
last_line(void)
{
	struct buf b = log_bytes(&l, LOG);
	struct str text = buf_str(&b);
	const char *before;
	const struct json *json;

	assert_true(text.len > 1 && text.at[text.len - 1] == '\n');
	text.len--;
	before = memrchr(text.at, '\n', text.len);
	if (before != NULL)
		text = str_from(text, (size_t)(before + 1 - text.at));
	json = json_parse(l.arena, arena_copy(l.arena, text), &json_limits_body, NULL);
	assert_non_null(json);
	buf_free(&b);
	return json;
}

/* "a.b.c" in a line; NULL when it is not there. */
static const struct json *
find(const struct json *line, const char *path)
{
	struct str rest = str_of(path), name;
	char text[64];

	while (line != NULL && rest.len > 0) {
		str_cut(rest, '.', &name, &rest);
		snprintf(text, sizeof(text), "%.*s", STR(name));
		line = json_find(line, text);
	}
	return line;
}

static void
expect(const struct json *line, const char *path, const char *wanted)
{
	const struct json *value = find(line, path);

	if (wanted == NULL && value != NULL)
		fail_msg("%s is there", path);
	if (wanted != NULL && (value == NULL || !str_is(value->text, wanted)))
		fail_msg("%s is not %s", path, wanted);
}

static void
expect_hash(const struct json *line, const char *path, const char *value)
{
	struct buf hash = BUF_INIT;

	audit_hash(l.audit, str_of(value), &hash);
	buf_put_u8(&hash, '\0');
	expect(line, path, (const char *)hash.data);
	buf_free(&hash);
}

static bool
file_has(const char *text)
{
	struct buf b = log_bytes(&l, LOG);
	bool found = memmem(b.data, b.len, text, strlen(text)) != NULL;

	buf_free(&b);
	return found;
}

static const uint8_t nowhere[32];

/* ---- lines ---- */

static void
test_read_is_told_in_one_line(void **state)
{
	const struct json *line;

	(void)state;
	log_unseal(&l, 0, nowhere);
	log_read(&l, "secret/data/billing/stripe",
	    "{\"data\":{\"api-key\":\"sk_live\"},\"metadata\":{\"version\":12,\"ok\":true,"
	    "\"gone\":false,\"empty\":\"\",\"one\":1,\"none\":null,\"list\":[\"a\",2.50]}}");
	log_flush(&l);
	line = last_line();
	expect(line, "type", "response");
	expect(line, "status", "200");
	expect(line, "error", NULL);
	expect(line, "auth.display_name", "cert-billing");
	expect(line, "auth.metadata.spiffe_id", "spiffe://na1.example/svc/billing");
	expect(line, "auth.metadata.role", "services");
	assert_int_equal(find(line, "auth.policies")->count, 2);
	assert_int_equal(find(line, "auth.policy_results.allowed")->type, JSON_TRUE);
	expect(line, "request.operation", "read");
	expect(line, "request.path", "secret/data/billing/stripe");
	expect(line, "request.mount_point", "secret/");
	expect(line, "request.mount_type", "kv");
	expect(line, "request.mount_accessor", "kv_12345678");
	expect(line, "request.namespace.id", "root");
	expect(line, "request.remote_address", "10.1.2.3");
	expect(line, "request.remote_port", "40001");
	expect(line, "request.client_certificate_serial_number", "123456789");
	expect(line, "request.client_token", NULL);
	expect_hash(line, "response.data.data.api-key", "sk_live");
	expect_hash(line, "response.data.metadata.version", "12");
	expect_hash(line, "response.data.metadata.ok", "true");
	expect_hash(line, "response.data.metadata.gone", "false");
	expect_hash(line, "response.data.metadata.empty", "");
	expect_hash(line, "response.data.metadata.one", "1");
	assert_int_equal(find(line, "response.data.metadata.none")->type, JSON_NULL);
	assert_int_equal(find(line, "response.data.metadata.list")->count, 2);
	assert_false(file_has("sk_live"));
}

static void
test_write_has_an_intent_and_an_outcome(void **state)
{
	struct buf later = BUF_INIT;
	struct call c;
	const struct json *line;

	(void)state;
	log_unseal(&l, 0, nowhere);
	c = log_call(&l, "secret/data/x", "{\"data\":{\"pass\\nword\":\"a\\\"b\",\"n\":7}}");
	c.operation = OP_WRITE;
	audit_request(l.audit, &c, str_of("hvs.token"));
	log_flush(&l);
	line = last_line();
	expect(line, "type", "request");
	expect(line, "request.operation", "update");
	expect_hash(line, "request.client_token", "hvs.token");
	expect_hash(line, "request.data.data.pass\nword", "a\"b");
	expect_hash(line, "request.data.data.n", "7");
	c.reply.status = 200;
	buf_put_text(&c.reply.data, "{\"note\":\"a\\\"b\"}");
	buf_put_text(&c.reply.warnings, "\"ignored\"");
	audit_response(l.audit, &c, str_of("hvs.token"), &later);
	log_flush(&l);
	expect(last_line(), "type", "request");
	audit_append(l.audit, buf_str(&later));
	log_flush(&l);
	line = last_line();
	expect(line, "type", "response");
	expect(line, "request.data", NULL);
	expect(line, "request.id", c.request_id);
	expect_hash(line, "response.data.note", "a\"b");
	assert_int_equal(find(line, "response.warnings")->count, 1);
	assert_false(file_has("ignored"));
	buf_free(&later);
	buf_free(&c.reply.data);
	buf_free(&c.reply.warnings);
}

static void
test_refusal_is_told_whatever_is_missing(void **state)
{
	struct call c;
	const struct json *line;

	(void)state;
	log_unseal(&l, 0, nowhere);
	c = log_call(&l, "", NULL);
	c.grant = NULL;
	c.mount = NULL;
	c.route = NULL;
	c.body = NULL;
	c.operation = 0;
	c.refused = true;
	c.reply.status = 403;
	buf_put_text(&c.reply.errors, "\"permission \\\"denied\\\"\",\"twice\"");
	audit_response(l.audit, &c, str_of("s.bad"), NULL);
	log_flush(&l);
	line = last_line();
	expect(line, "status", "403");
	expect(line, "error", "permission \"denied\"");
	assert_int_equal(find(line, "errors")->count, 2);
	assert_int_equal(find(line, "auth.policy_results.allowed")->type, JSON_FALSE);
	expect(line, "auth.metadata.spiffe_id", "spiffe://na1.example/svc/billing");
	expect_hash(line, "request.client_token", "s.bad");
	buf_free(&c.reply.errors);
}

/* An error that quotes a value is not shown, in whatever way the value was quoted. */
static void
test_error_does_not_repeat_a_value(void **state)
{
	static const struct {
		const char *body, *error;
		bool shown;
	} cases[] = {
	    {"{\"to\":\"canary/\"}", "no mount at \\\"canary/\\\"", false},
	    {"{\"a\":[{\"b\":\"x,can\\\"ary\"}]}", "what is can\\\"ary?", false},
	    {"{\"n\":123456}", "123456 is too much", false},
	    {"{\"a\":\"canary-that-is-longer-than-sentences-are\"}", "canary-that-is-longer-than-", false},
	    {"{\"a\":\"b\"}", "not a number", true},
	    {"{\"canary\":true}", "what is canary?", true},
	};

	(void)state;
	log_unseal(&l, 0, nowhere);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct call c = log_call(&l, "sys/remount", cases[i].body);
		const struct json *line;

		c.refused = true;
		c.reply.status = 400;
		buf_printf(&c.reply.errors, "\"%s\"", cases[i].error);
		audit_response(l.audit, &c, str_of(""), NULL);
		log_flush(&l);
		line = last_line();
		if (cases[i].shown) {
			expect(line, "error", cases[i].error);
		} else {
			expect(line, "error", "refused");
			assert_true(str_starts(find(line, "errors")->first->text, "hmac-sha256:"));
		}
		buf_free(&c.reply.errors);
	}
}

/* Values of every type, in request, reply, token and warning, sealed and open. */
static void
test_no_value_is_in_any_line(void **state)
{
	static const char *const canaries[] = {"canary", "918273645", "hvs.", "3.14159"};
	struct grant_hashes hashes = {"", ""};

	(void)state;
	for (int open = 0; open < 2; open++) {
		struct call c = log_call(&l, "sys/unseal",
		    "{\"key\":\"canary-share\",\"n\":918273645,\"f\":3.14159,\"t\":true,"
		    "\"deep\":[{\"a\":[\"canary\"]}]}");

		if (open)
			log_unseal(&l, 0, nowhere);
		strcpy(log_grant.accessor, "canary-accessor");
		log_grant.hashes = &hashes;
		c.operation = OP_WRITE;
		c.reply.status = 200;
		buf_put_text(&c.reply.data, "{\"root_token\":\"hvs.canary\", \"keys\": [ "
					    "\"canary\\u0041\", 918273645 ], \"x\":3.14159e0}");
		buf_put_text(&c.reply.warnings, "\"canary\"");
		audit_request(l.audit, &c, str_of("hvs.canary"));
		audit_response(l.audit, &c, str_of("hvs.canary"), NULL);
		log_flush(&l);
		for (size_t i = 0; i < sizeof(canaries) / sizeof(canaries[0]); i++)
			assert_false(file_has(canaries[i]));
		assert_true(file_has("hmac-sha256:") == open);
		assert_true(file_has(":true,\"") == false);
		buf_free(&c.reply.data);
		buf_free(&c.reply.warnings);
	}
}

/* Too many scalars, or what is no JSON: hashed whole, never left in the clear. */
static void
test_odd_data_is_hashed_whole(void **state)
{
	static const char *const odd[] = {
	    "{\"a\":\"canary", "canary", "{\"a\\\":\"canary\"}", NULL};
	struct buf many = BUF_INIT;

	(void)state;
	log_unseal(&l, 0, nowhere);
	buf_put_text(&many, "{\"canary\":[1");
	for (int i = 0; i < 5000; i++)
		buf_put_text(&many, ",1");
	buf_put(&many, "]}", 3);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const char *text = odd[i] != NULL ? odd[i] : (const char *)many.data;

		log_read(&l, "x", text);
		log_flush(&l);
		if (i != 1)
			expect_hash(last_line(), "response.data", text);
		assert_false(file_has("canary"));
	}
	buf_free(&many);
}

/* ---- the file ---- */

static void
tell(void *arg, const char *file, uint64_t line, const char *text)
{
	(void)arg;
	print_message("%s:%llu: %s\n", file, (unsigned long long)line, text);
}

static struct verify_totals
verify(unsigned count, const char *const *names, bool good)
{
	static struct verify_totals totals;
	static const struct verify_want any;
	struct error err = ERROR_INIT;
	struct verifier *v;

	v = verify_new(&any, tell, NULL);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(verify_file(v, log_path(names[i]), &err), 0);
	assert_int_equal(verify_end(v), good);
	totals = *verify_totals(v);
	verify_free(&v);
	return totals;
}

static struct verify_totals
verify_log(bool good)
{
	static const char *const names[] = {LOG};

	return verify(1, names, good);
}

static void
reopen(void)
{
	audit_close(&l.audit);
	log_open(&l);
}

static void
test_goes_on_after_a_restart(void **state)
{
	struct verify_totals t;
	uint64_t before, after;
	uint8_t hash[32];

	(void)state;
	log_unseal(&l, 0, nowhere);
	log_read(&l, "a", "{}");
	audit_sealed(l.audit);
	audit_position(l.audit, &before, hash);
	reopen();
	audit_position(l.audit, &after, hash);
	assert_int_equal(after, before + 1);
	log_unseal(&l, 0, nowhere);
	log_read(&l, "b", "{}");
	audit_close(&l.audit);
	t = verify_log(true);
	assert_int_equal(t.checkpoints, 4);
	assert_int_equal(t.bare, 0);
	assert_int_equal(t.last.seq, t.lines);
}

static void
test_checkpoints_come_by_time_and_by_count(void **state)
{
	const int64_t now = clock_boot();

	(void)state;
	audit_tick(l.audit, now + CLOCK_SECOND);
	log_flush(&l);
	expect(last_line(), "type", "open");
	log_unseal(&l, 0, nowhere);
	log_read(&l, "a", "{}");
	audit_tick(l.audit, now);
	audit_tick(l.audit, now + CLOCK_SECOND / 20);
	log_flush(&l);
	expect(last_line(), "type", "response");
	audit_tick(l.audit, now + CLOCK_SECOND / 10);
	log_flush(&l);
	expect(last_line(), "type", "checkpoint");
	for (int i = 0; i < 1000; i++)
		audit_event(l.audit, "x", "y");
	audit_tick(l.audit, now);
	log_flush(&l);
	expect(last_line(), "type", "checkpoint");
	assert_int_equal(verify_log(true).checkpoints, 3);
}

static void
test_torn_line_is_kept_and_named(void **state)
{
	/* what a crash left behind the last line; whether a recovered line names it */
	static const struct {
		const char *text;
		size_t cut;
		uint64_t torn;
	} cases[] = {{"{\"time\":\"20", 0, 1}, {"", 1, 0}, {"", 2, 1}, {"", 90, 1}, {"", 0, 0},
	    {"x\n", 0, 1}, {"x\ny\nz", 0, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t torn = verify_log(true).torn;
		struct buf b;
		struct stat st;

		audit_close(&l.audit);
		b = log_bytes(&l, LOG);
		buf_put_text(&b, cases[i].text);
		log_store(&l, LOG, (struct str){(char *)b.data, b.len - cases[i].cut});
		log_open(&l);
		log_flush(&l);
		fstatat(l.dir, LOG, &st, 0);
		assert_true((size_t)st.st_size > b.len - cases[i].cut);
		assert_int_equal(verify_log(true).torn, torn + cases[i].torn);
		buf_free(&b);
	}
	assert_true(file_has("\"type\":\"recovered\""));
	assert_true(file_has("{\"time\":\"20\n"));
}

static void
test_foreign_file_is_refused(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	log_store(&l, "other.log", str_of("a line of something else\n"));
	assert_null(audit_open(l.dir, "other.log", false, &err));
	assert_int_equal(err.code, ERR_CORRUPT);
	error_clear(&err);
	assert_null(audit_open(l.dir, LOG, false, &err));
	assert_int_equal(err.code, ERR_IO);
	unlinkat(l.dir, "other.log", 0);
}

static void
wait_for_look(void)
{
	usleep(110 * 1000);
	audit_event(l.audit, "x", "y");
	log_flush(&l);
	log_flush(&l);
}

static void
test_rotated_file_is_gone_on_with(void **state)
{
	static const char *const both[] = {"audit.1", LOG}, *const swapped[] = {LOG, "audit.1"};
	struct verify_totals t;
	struct stat st;

	(void)state;
	log_unseal(&l, 0, nowhere);
	log_flush(&l);
	assert_int_equal(renameat(l.dir, LOG, l.dir, "audit.1"), 0);
	wait_for_look();
	log_read(&l, "b", "{}");
	audit_close(&l.audit);
	assert_int_equal(fstatat(l.dir, LOG, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	t = verify(2, both, true);
	assert_int_equal(t.first.seq, 0);
	assert_int_equal(t.last.seq, t.lines);
	assert_true(verify_log(true).first.seq > 0);
	verify(2, swapped, false);
	unlinkat(l.dir, "audit.1", 0);
}

static void
test_deleted_file_is_begun_anew(void **state)
{
	(void)state;
	log_unseal(&l, 0, nowhere);
	log_flush(&l);
	unlinkat(l.dir, LOG, 0);
	wait_for_look();
	assert_true(file_has("\"why\":\"moved\""));
	audit_close(&l.audit);
	assert_true(verify_log(true).first.seq > 0);
}

/* ---- no room ---- */

static off_t
file_size(void)
{
	struct stat st;

	assert_int_equal(fstatat(l.dir, LOG, &st, 0), 0);
	return st.st_size;
}

static void
refuse_once(void)
{
	struct error err = ERROR_INIT;

	log_read(&l, "refused", "{}");
	assert_int_equal(audit_flush(l.audit, false, &err), -1);
	assert_true(audit_trouble(l.audit)[0] != '\0');
	audit_forget(l.audit);
}

/* Wherever the disk is full: the file goes on where it stopped, and says what was refused. */
static void
test_full_disk_loses_no_line_that_was_served(void **state)
{
	static const off_t room[] = {0, 1, 100, 500, 700, 900, 1100};
	struct verify_totals t;

	(void)state;
	log_unseal(&l, 0, nowhere);
	for (size_t i = 0; i < sizeof(room) / sizeof(room[0]); i++) {
		log_flush(&l);
		allow_size((rlim_t)(file_size() + room[i]));
		log_read(&l, "refused", "{}");
		refuse_once();
		refuse_once();
		allow_size(RLIM_INFINITY);
		log_flush(&l);
		assert_true(audit_trouble(l.audit)[0] == '\0');
		log_read(&l, "served", "{}");
	}
	audit_close(&l.audit);
	t = verify_log(true);
	assert_int_equal(t.last.seq, t.lines);
	assert_int_equal(t.torn, 0);
	assert_true(file_has("\"event\":\"refused\""));
}

/* A flush that fails keeps the lines until their requests were refused. */
static void
test_failed_flush_forgets_nothing_by_itself(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	log_flush(&l);
	log_read(&l, "kept", "{}");
	allow_size((rlim_t)file_size());
	assert_int_equal(audit_flush(l.audit, false, &err), -1);
	allow_size(RLIM_INFINITY);
	log_flush(&l);
	assert_true(file_has("\"path\":\"kept\""));
	audit_close(&l.audit);
	verify_log(true);
}

/* A full file, half a line in it, is moved away to make room. */
static void
test_torn_line_is_left_when_the_file_is_moved(void **state)
{
	static const char *const both[] = {"audit.1", LOG}, *const first[] = {"audit.1"};

	(void)state;
	log_unseal(&l, 0, nowhere);
	log_flush(&l);
	allow_size((rlim_t)file_size() + 50);
	refuse_once();
	assert_int_equal(renameat(l.dir, LOG, l.dir, "audit.1"), 0);
	refuse_once();
	allow_size(RLIM_INFINITY);
	log_read(&l, "served", "{}");
	log_flush(&l);
	audit_close(&l.audit);
	assert_int_equal(verify(2, both, true).torn, 1);
	verify(1, first, true);
	unlinkat(l.dir, "audit.1", 0);
}

/* ---- the store's position ---- */

static void
test_cut_or_replaced_file_is_behind(void **state)
{
	uint64_t sequence[3];
	uint8_t hash[3][32];
	struct buf whole;

	(void)state;
	assert_false(log_unseal(&l, 0, nowhere));
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 50; j++)
			log_read(&l, "a/rather/long/path", "{\"a\":1}");
		audit_position(l.audit, &sequence[i], hash[i]);
		log_flush(&l);
	}
	for (int i = 0; i < 3; i++) {
		reopen();
		assert_false(log_unseal(&l, sequence[i], hash[i]));
		audit_sealed(l.audit);
		assert_true(log_unseal(&l, sequence[i], hash[(i + 1) % 3]));
		audit_sealed(l.audit);
		assert_true(log_unseal(&l, sequence[i] + 1000000, hash[i]));
	}
	audit_close(&l.audit);
	whole = log_bytes(&l, LOG);
	log_store(&l, LOG, (struct str){(char *)whole.data, whole.len / 20});
	log_open(&l);
	assert_true(log_unseal(&l, sequence[2], hash[2]));
	audit_close(&l.audit);
	unlinkat(l.dir, LOG, 0);
	log_open(&l);
	assert_true(log_unseal(&l, sequence[2], hash[2]));
	buf_free(&whole);
}

static void
test_file_begun_later_is_not_behind(void **state)
{
	uint64_t sequence;
	uint8_t hash[32];

	(void)state;
	log_unseal(&l, 0, nowhere);
	audit_position(l.audit, &sequence, hash);
	log_flush(&l);
	assert_int_equal(renameat(l.dir, LOG, l.dir, "audit.1"), 0);
	wait_for_look();
	reopen();
	assert_false(log_unseal(&l, sequence, hash));
	unlinkat(l.dir, "audit.1", 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_read_is_told_in_one_line),
	    TEST(test_write_has_an_intent_and_an_outcome),
	    TEST(test_refusal_is_told_whatever_is_missing),
	    TEST(test_error_does_not_repeat_a_value),
	    TEST(test_no_value_is_in_any_line),
	    TEST(test_odd_data_is_hashed_whole),
	    TEST(test_goes_on_after_a_restart),
	    TEST(test_checkpoints_come_by_time_and_by_count),
	    TEST(test_torn_line_is_kept_and_named),
	    TEST(test_foreign_file_is_refused),
	    TEST(test_rotated_file_is_gone_on_with),
	    TEST(test_deleted_file_is_begun_anew),
	    TEST(test_full_disk_loses_no_line_that_was_served),
	    TEST(test_failed_flush_forgets_nothing_by_itself),
	    TEST(test_torn_line_is_left_when_the_file_is_moved),
	    TEST(test_cut_or_replaced_file_is_behind),
	    TEST(test_file_begun_later_is_not_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
