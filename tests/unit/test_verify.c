/*
 * Verifying an audit: every single edit, deletion, repetition, swap and cut of a log is found,
 * and an independent verifier (tests/audit_verify.py) agrees.
 */
#include "tests/unit/audit_log.h"

#include "client/command.h"
#include "client/verify.h"

#define LINES 64
#define CASES 400

static struct log l;
static struct buf good;         /* a log that nobody touched; its last line is a checkpoint */
static struct str lines[LINES]; /* newline included */
static unsigned count;
static struct verify_totals whole;
static char sentence[512]; /* the first that was reported */

static void
keep(void *arg, const char *file, uint64_t line, const char *text)
{
	(void)arg;
	(void)file;
	if (sentence[0] == '\0')
		snprintf(
		    sentence, sizeof(sentence), "%llu: %s", (unsigned long long)line, text);
}

static bool
verify(const char *name, const struct verify_want *want, struct verify_totals *totals)
{
	struct verifier *v = verify_new(want, keep, NULL);
	struct error err = ERROR_INIT;
	bool right;

	sentence[0] = '\0';
	if (verify_file(v, log_path(name), &err) != 0)
		fail_msg("%s", err.text);
	right = verify_end(v);
	if (totals != NULL)
		*totals = *verify_totals(v);
	verify_free(&v);
	return right;
}

static const struct verify_want anything;

/* Restart, seal and unseal, checkpoints, reads, a torn line. */
static void
write_log(void)
{
	static const uint8_t none[32];

	for (int i = 0; i < 2; i++) {
		log_open(&l);
		audit_event(l.audit, "start", "vaultd starts");
		log_unseal(&l, 0, none);
		for (int j = 0; j < 3; j++)
			log_read(&l, "secret/data/x", "{\"data\":{\"a\":\"b\",\"n\":5}}");
		audit_sealed(l.audit);
		audit_event(l.audit, "stop", "vaultd stops");
		audit_close(&l.audit);
		if (i == 0) {
			struct buf b = log_bytes(&l, LOG);

			buf_put_text(&b, "{\"time\":\"2026");
			log_store(&l, LOG, buf_str(&b));
			buf_free(&b);
		}
	}
	log_open(&l);
	log_unseal(&l, 0, none);
	audit_close(&l.audit);
}

static int
set_up(void **state)
{
	const char *at;

	(void)state;
	log_begin(&l);
	write_log();
	good = log_bytes(&l, LOG);
	count = 0;
	for (at = (const char *)good.data; at < (const char *)good.data + good.len; count++) {
		const char *end =
		    memchr(at, '\n', good.len - (size_t)(at - (const char *)good.data));

		assert_true(count < LINES);
		lines[count] = (struct str){at, (size_t)(end + 1 - at)};
		at = end + 1;
	}
	assert_true(verify(LOG, &anything, &whole));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&good);
	log_end(&l);
	return 0;
}

static void
put_lines(struct buf *b, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		buf_put_str(b, lines[i]);
}

/* Line i deleted, repeated, swapped with the next, or one byte of it changed. */
enum change { DELETED, REPEATED, SWAPPED, EDITED, CHANGES };

static struct buf
changed(enum change how, unsigned i)
{
	struct buf b = BUF_INIT;

	put_lines(&b, 0, i);
	if (how == REPEATED)
		put_lines(&b, i, i + 1);
	if (how == SWAPPED) {
		put_lines(&b, i + 1, i + 2);
		put_lines(&b, i, i + 1);
		put_lines(&b, i + 2, count);
		return b;
	}
	put_lines(&b, how == DELETED ? i + 1 : i, count);
	if (how == EDITED)
		b.data[lines[i].at - lines[0].at + (long)lines[i].len / 2] ^= 1;
	return b;
}

static unsigned
changes_of(enum change how)
{
	/* Without its last line, a checkpoint, a log is shorter but right: see the next test.
	 */
	return how == SWAPPED || how == DELETED ? count - 1 : count;
}

static void
test_every_change_of_a_line_is_found(void **state)
{
	unsigned found = 0, all = 0;

	(void)state;
	for (enum change how = DELETED; how < CHANGES; how++)
		for (unsigned i = 0; i < changes_of(how); i++, all++) {
			struct buf b = changed(how, i);

			log_store(&l, "changed.log", buf_str(&b));
			buf_free(&b);
			found += !verify("changed.log", &anything, NULL);
		}
	unlinkat(l.dir, "changed.log", 0);
	print_message("%u of %u\n", found, all);
	assert_int_equal(found, all);
}

static void
test_every_byte_counts(void **state)
{
	unsigned found = 0, all = 0;

	(void)state;
	for (size_t i = 0; i + 1 < good.len; i++, all++) {
		good.data[i] ^= (uint8_t)(1 << i % 7);
		log_store(&l, "changed.log", buf_str(&good));
		good.data[i] ^= (uint8_t)(1 << i % 7);
		if (!verify("changed.log", &anything, NULL))
			found++;
		else
			print_message("byte %zu is not missed\n", i);
	}
	unlinkat(l.dir, "changed.log", 0);
	print_message("%u of %u\n", found, all);
	assert_int_equal(found, all);
}

/* A cut shows by the place that was noted; without one, as a tail that nobody signed. */
static void
test_every_cut_is_found(void **state)
{
	struct verify_want want = {.noted = true, .place = whole.signed_last.at};
	size_t signed_end = (size_t)(lines[count - 1].at - lines[0].at);
	struct verify_totals t;

	(void)state;
	assert_int_equal(whole.bare, 0);
	assert_true(verify(LOG, &want, NULL));
	for (size_t len = 0; len < good.len; len += 13) {
		log_store(&l, "changed.log", (struct str){(char *)good.data, len});
		assert_int_equal(verify("changed.log", &want, NULL), len >= signed_end);
		assert_true(
		    verify("changed.log", &anything, &t) || strstr(sentence, "torn") == NULL);
		assert_true(t.lines < whole.lines);
	}
	unlinkat(l.dir, "changed.log", 0);
}

static void
test_faults_are_named_where_they_are(void **state)
{
	static const struct {
		enum change how;
		unsigned line;
		const char *wanted;
	} cases[] = {
	    {EDITED, 4, "5: changed"},
	    {DELETED, 4, "5: removed: lines 5 to 5"},
	    {DELETED, 0, "1: removed"},
	    {REPEATED, 4, "6: reordered or repeated"},
	    {SWAPPED, 4, "5: removed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = changed(cases[i].how, cases[i].line);

		log_store(&l, "changed.log", buf_str(&b));
		buf_free(&b);
		assert_false(verify("changed.log", &anything, NULL));
		if (strncmp(sentence, cases[i].wanted, strlen(cases[i].wanted)) != 0)
			fail_msg("%s: %s", cases[i].wanted, sentence);
	}
	unlinkat(l.dir, "changed.log", 0);
}

/* What a forger does to the checkpoints of a log whose chain is written anew. */
enum forgery { LEFT, MOVED, SIGNED };

static void
forge_checkpoint(struct buf *b, enum forgery how, struct trail at, const struct secret *signer)
{
	struct trail_checkpoint c = whole.signed_last;
	struct json_writer w = json_writer_to(b);

	c.at = at;
	if (how == SIGNED) {
		digest_signer_public(signer, c.key);
		trail_sign(&c, signer);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "time", "2026-11-24T16:00:00Z");
	json_put_text(&w, "type", "checkpoint");
	trail_put_checkpoint(&w, &c);
}

/* The lines of the last start, changed, chained and vouched for. */
static void
forge(enum forgery how)
{
	uint8_t key[DIGEST_PUBLIC];
	struct secret *signer = digest_signer_new(key);
	struct trail at = {0}, said;
	struct buf b = BUF_INIT;
	struct str covered;

	for (unsigned i = 0; i < count; i++) {
		size_t from = b.len;

		if (!trail_read((struct str){lines[i].at, lines[i].len - 1}, &said, &covered) ||
		    i + 3 < count) {
			buf_put_str(&b, lines[i]);
			at = said;
			continue;
		}
		while (covered.at[covered.len - 1] != ',')
			covered.len--;
		if (how != LEFT && i == count - 1)
			forge_checkpoint(&b, how, at, signer);
		else
			buf_put(&b, covered.at, covered.len - 1);
		if (i == count - 2)
			b.data[from + 12] ^= 1;
		trail_end(&b, from, &at);
	}
	log_store(&l, "changed.log", buf_str(&b));
	buf_free(&b);
	secret_free(&signer);
}

/* Whoever writes the chain anew still lacks the signer. */
static void
test_rewritten_chain_is_found(void **state)
{
	static const char *const wanted[] = {
	    [LEFT] = "not of the lines before it",
	    [MOVED] = "signature is wrong",
	    [SIGNED] = "another key",
	};

	(void)state;
	for (enum forgery how = LEFT; how <= SIGNED; how++) {
		forge(how);
		assert_false(verify("changed.log", &anything, NULL));
		if (strstr(sentence, wanted[how]) == NULL)
			fail_msg("%s: %s", wanted[how], sentence);
	}
	unlinkat(l.dir, "changed.log", 0);
}

/* A start is a place where a log could seem to begin: it says how much was before it. */
static void
test_missing_front_is_found(void **state)
{
	struct buf b = BUF_INIT;
	unsigned i = count - 1;

	(void)state;
	while (memmem(lines[i].at, lines[i].len, "\"type\":\"open\"", 13) == NULL)
		i--;
	assert_true(i > 0);
	put_lines(&b, i, count);
	log_store(&l, "changed.log", buf_str(&b));
	buf_free(&b);
	assert_false(verify("changed.log", &anything, NULL));
	assert_non_null(strstr(sentence, "1: removed: the file's first"));
	unlinkat(l.dir, "changed.log", 0);
}

static void
test_noted_place_must_be_the_same(void **state)
{
	struct verify_want want = {.noted = true, .place = whole.signed_last.at};

	(void)state;
	want.place.chain[31] ^= 1;
	assert_false(verify(LOG, &want, NULL));
	assert_non_null(strstr(sentence, "is not the one that was noted"));
}

static void
test_pinned_key_is_the_only_one(void **state)
{
	struct verify_want want = {.pinned = true};

	(void)state;
	memcpy(want.key, whole.signed_last.key, sizeof(want.key));
	assert_true(verify(LOG, &want, NULL));
	want.key[0] ^= 1;
	assert_false(verify(LOG, &want, NULL));
	assert_non_null(strstr(sentence, "another key"));
}

static void
test_missing_file_cannot_be_read(void **state)
{
	struct verifier *v = verify_new(&anything, keep, NULL);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(verify_file(v, log_path("none.log"), &err), -1);
	assert_int_equal(err.code, ERR_IO);
	verify_free(&v);
}

/* ---- the command, and the other verifier ---- */

static const struct flag common[] = {
    {"format", FLAG_TEXT, "FORMAT", "table", NULL, ""},
    {"field", FLAG_TEXT, "NAME", NULL, NULL, ""},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static int
run_command(const char *name, const char *flag)
{
	char *argv[3] = {(char *)log_path(name), NULL, NULL};
	struct error err = ERROR_INIT;
	struct flags f;
	int argc = 1;

	if (flag != NULL)
		argv[argc++] = (char *)flag;
	assert_int_equal(flags_parse(&f, audit_commands[0].flags, common, argc, argv, &err), 0);
	return (int)audit_commands[0].run(&f, &err);
}

static void
test_command_ends_0_1_or_2(void **state)
{
	struct buf b = changed(EDITED, 2);

	(void)state;
	log_store(&l, "changed.log", buf_str(&b));
	assert_int_equal(run_command(LOG, NULL), DONE);
	assert_int_equal(run_command(LOG, "-format=json"), DONE);
	assert_int_equal(run_command("changed.log", NULL), REFUSED);
	assert_int_equal(run_command("none.log", NULL), FAILED);
	assert_int_equal(run_command(LOG, "-key=zz"), FAILED);
	assert_int_equal(run_command(LOG, "-place=zz"), FAILED);
	buf_free(&b);
	unlinkat(l.dir, "changed.log", 0);
}

static void
test_other_verifier_agrees(void **state)
{
	char names[CASES][24], line[512];
	struct buf command = BUF_INIT;
	bool ours[CASES];
	unsigned n = 0;
	FILE *out;

	(void)state;
	buf_printf(&command, "python3 tests/audit_verify.py --each %s", log_path(LOG));
	for (enum change how = DELETED; how < CHANGES; how++)
		for (unsigned i = 0; i < count - (how == SWAPPED); i++, n++) {
			struct buf b = changed(how, i);

			assert_true(n < CASES);
			snprintf(names[n], sizeof(names[n]), "%u-%u.log", how, i);
			log_store(&l, names[n], buf_str(&b));
			ours[n] = verify(names[n], &anything, NULL);
			buf_printf(&command, " %s", log_path(names[n]));
			buf_free(&b);
		}
	buf_put_u8(&command, '\0');
	out = popen((char *)command.data, "r");
	assert_non_null(out);
	assert_non_null(fgets(line, sizeof(line), out));
	assert_int_equal(strncmp(line, "good", 4), 0);
	for (unsigned i = 0; i < n; i++) {
		assert_non_null(fgets(line, sizeof(line), out));
		if ((strncmp(line, "good", 4) == 0) != ours[i])
			fail_msg("ours says %s: %s", ours[i] ? "good" : "bad", line);
		unlinkat(l.dir, names[i], 0);
	}
	assert_int_equal(pclose(out), 2 << 8);
	buf_free(&command);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_every_change_of_a_line_is_found),
	    TEST(test_every_byte_counts),
	    TEST(test_every_cut_is_found),
	    TEST(test_faults_are_named_where_they_are),
	    TEST(test_rewritten_chain_is_found),
	    TEST(test_missing_front_is_found),
	    TEST(test_noted_place_must_be_the_same),
	    TEST(test_pinned_key_is_the_only_one),
	    TEST(test_missing_file_cannot_be_read),
	    TEST(test_command_ends_0_1_or_2),
	    TEST(test_other_verifier_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
