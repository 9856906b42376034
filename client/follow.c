/*
 * vaultctl: following a secret.  Trusted with its values, which stay in the answer; what it
 * logs holds none.
 */
#include "client/follow.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_SECONDS 60
#define LONGEST_PAUSE 60 /* seconds, while the vault is away */

void
follow_init(struct follow *f, const struct flags *flags, const char *who, const char *secret)
{
	*f = (struct follow){.flags = flags, .who = who, .secret = secret, .at = KVPATH_INIT};
}

void
follow_free(struct follow *f)
{
	answer_free(&f->answer);
	kvpath_free(&f->at);
	f->fields = NULL;
}

void
follow_log(const struct follow *f, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "vaultctl %s: %s: %s\n", f->who, f->secret, text);
}

/* ---- asking ---- */

/* What a status other than 2xx means to who follows. */
static int
explain(const struct session *s, const struct answer *a, struct str path, struct error *err)
{
	const struct json *errors = json_find(a->json, "errors");
	struct str said = errors != NULL && errors->first != NULL
			      ? str_trim(errors->first->text)
			      : str_of("");

	if (a->status == 403)
		return error_set(err, ERR_DENIED, "permission denied: %s needs read on %.*s",
		    session_identity(s), STR(path));
	if (a->status == 404)
		return error_set(err, ERR_NOT_FOUND, "there is nothing at %.*s", STR(path));
	if (a->status >= 500 || a->status == 429)
		return error_set(err, ERR_SEALED, "the vault answers %ld: %.*s", a->status,
		    (int)(said.len < 200 ? said.len : 200), said.at);
	return error_set(err, ERR_INVALID, "the vault answers %ld: %.*s", a->status,
	    (int)(said.len < 200 ? said.len : 200), said.at);
}

/* Whether what came is the version that was seen last; else it is from now on. */
static int
is_same(struct follow *f, const struct json *metadata, bool *same, struct error *err)
{
	const struct json *time = json_find(metadata, "created_time");
	char created[CLOCK_TEXT];
	int64_t version;

	if (!json_to_int(json_find(metadata, "version"), &version) || time == NULL)
		return error_set(err, ERR_INVALID, "the answer names no version");
	snprintf(created, sizeof(created), "%.*s", STR(time->text));
	*same = version == f->version && strcmp(created, f->created) == 0;
	f->version = version;
	memcpy(f->created, created, sizeof(created));
	return 0;
}

/* The fields of what came, when it is another version than the last. */
static int
take(struct follow *f, struct error *err)
{
	const struct json *data = answer_data(&f->answer);
	const struct json *fields = f->at.versioned ? json_find(data, "data") : data;
	bool same = false;

	if (f->answer.status == 304 || f->answer.status == 204)
		return 0;
	if (fields == NULL || fields->type != JSON_OBJECT)
		return error_set(err, ERR_INVALID,
		    "the answer holds no secret; is -wrap-ttl or VAULT_WRAP_TTL set?");
	if (f->at.versioned && is_same(f, json_find(data, "metadata"), &same, err) != 0)
		return -1;
	f->fields = same ? NULL : fields;
	return 0;
}

static int
ask_at(struct follow *f, struct session *s, struct error *err)
{
	struct question q = {"GET", {NULL, 0}, NULL, NULL};
	struct buf path = BUF_INIT;
	char query[64];
	int rc;

	kvpath_put(&f->at, "data", &path);
	q.path = buf_str(&path);
	snprintf(query, sizeof(query), "after_version=%lld&wait=%ds", (long long)f->version,
	    WAIT_SECONDS);
	if (f->version > 0)
		q.query = query;
	rc = session_ask(s, &q, &f->answer, err);
	if (rc == 0)
		rc = f->answer.status / 100 == 2 || f->answer.status == 304
			 ? take(f, err)
			 : explain(s, &f->answer, q.path, err);
	buf_free(&path);
	return rc;
}

/* Where a sealed or forbidding vault had the path cut may be wrong: it is not kept. */
static enum outcome
ask_in(struct session *s, struct follow *f, struct error *err)
{
	int rc = 0;

	if (f->at.mount.len == 0)
		rc = kvpath_find(&f->at, s, f->secret, flags_text(f->flags, "mount"), err);
	if (rc == 0)
		rc = ask_at(f, s, err);
	if (rc != 0 && !f->seen) {
		kvpath_free(&f->at);
		f->at = (struct kvpath)KVPATH_INIT;
	}
	return rc == 0 ? DONE : REFUSED;
}

enum outcome
follow_ask(struct follow *f, struct error *err)
{
	struct session *s = session_open(f->flags, err);
	enum outcome outcome = FAILED;

	f->fields = NULL;
	if (s != NULL)
		outcome = ask_in(s, f, err);
	session_close(&s);
	return outcome;
}

/* ---- waiting ---- */

/* From half of that on, by chance: many who wait for one thing do not come back at once. */
static void
pause_about(int64_t ns)
{
	struct timespec t;
	uint32_t chance;

	random_bytes(&chance, sizeof(chance));
	ns = ns / 2 + (int64_t)((double)ns / 2 * (chance / 4294967296.0));
	t.tv_sec = ns / CLOCK_SECOND;
	t.tv_nsec = ns % CLOCK_SECOND;
	nanosleep(&t, NULL);
}

static void
pause_after_failure(struct follow *f)
{
	int64_t seconds = f->failures < 6 ? INT64_C(1) << f->failures : LONGEST_PAUSE;

	f->failures++;
	pause_about((seconds < LONGEST_PAUSE ? seconds : LONGEST_PAUSE) * CLOCK_SECOND);
}

/* Whether time alone may mend it. */
static bool
may_pass(const struct error *err)
{
	return err->code == ERR_IO || err->code == ERR_SEALED || err->code == ERR_LIMIT;
}

static void
note_trouble(struct follow *f, const struct error *err)
{
	if (strcmp(f->trouble, err->text) == 0)
		return;
	snprintf(f->trouble, sizeof(f->trouble), "%s", err->text);
	follow_log(f, "%s; %s", err->text,
	    f->seen ? "what it was is kept, and asked again" : "it is asked again");
}

static void
note_answer(struct follow *f)
{
	if (f->failures > 0)
		follow_log(f, "the vault answers again");
	f->failures = 0;
	f->trouble[0] = '\0';
}

void
follow_missed(struct follow *f, const struct error *err)
{
	note_trouble(f, err);
	f->missed = true;
	f->version = 0;
	pause_after_failure(f);
}

void
follow_taken(struct follow *f)
{
	f->missed = false;
	f->failures = 0;
	f->trouble[0] = '\0';
}

/* One question, and what is to be known of it; whether the waiting is over. */
static bool
try(struct follow *f, enum outcome *outcome, struct error *err)
{
	*outcome = follow_ask(f, err);
	if (*outcome != DONE && !f->seen && !may_pass(err))
		return true;
	if (*outcome != DONE) {
		note_trouble(f, err);
		error_clear(err);
		pause_after_failure(f);
		return false;
	}
	if (!f->missed)
		note_answer(f);
	f->seen = f->seen || f->fields != NULL;
	return f->fields != NULL;
}

enum outcome
follow_next(struct follow *f, struct error *err)
{
	int64_t poll = flags_seconds(f->flags, "poll", 0) * CLOCK_SECOND, begun;
	enum outcome outcome;

	if (poll < CLOCK_SECOND)
		poll = CLOCK_SECOND;
	if (f->seen && !f->at.versioned)
		pause_about(poll);
	for (begun = clock_boot(); !try(f, &outcome, err); begun = clock_boot())
		if (outcome == DONE && clock_boot() - begun < WAIT_SECONDS / 2 * CLOCK_SECOND)
			pause_about(poll);
	return outcome;
}
