/*
 * The keeper's requests, batches, commits and schedules, run through histories that are drawn
 * from a seed: writes of many callers wait in a queue; batches are committed, fail, or are lost
 * with the keeper before or after they were durable; the vault is sealed; the clock jumps.  Each
 * answer is held against a model: what was answered is there, what was not is there whole or not
 * at all, versions neither repeat nor go back, nothing that is due is skipped or done twice, and
 * every answer has its lines in an audit whose chain holds.
 *
 *   HISTORIES=n  how many (10000)       SEED=s  the first one's seed (1); it alone: HISTORIES=1
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/trail.h"
#include "tests/fuzz/inside.h"
#include "tests/unit/sanitized.h"
#include "vaultd/api/transit_schedule.h"
#include "vaultd/keeper/reply.h"

#define STEPS 24
#define QUEUE 6
#define SECRETS 3
#define VERSIONS 128
#define PERIOD (3600 * CLOCK_SECOND)

/* ---- what happens, by a generator of its own (splitmix64) ---- */

static uint64_t seed, random_state;

static unsigned
draw(unsigned below)
{
	uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % below);
}

#define claim(holds, ...) \
	do { \
		if (!(holds)) { \
			fprintf(stderr, "SEED=%llu HISTORIES=1: ", (unsigned long long)seed); \
			wrong(__VA_ARGS__); \
		} \
	} while (0)

/* ---- clocks ---- */

static int64_t wall = CERTS_NOW * CLOCK_SECOND, boot = CLOCK_SECOND;

static int64_t
simulated_wall(void)
{
	return wall;
}

static int64_t
simulated_boot(void)
{
	return boot;
}

/* ---- the model ---- */

struct version {
	unsigned value;
	bool deleted, destroyed;
};

struct secret {
	unsigned current; /* 0: there is none */
	struct version v[VERSIONS];
};

struct model {
	struct secret secrets[SECRETS];
	unsigned key_version;
	int64_t key_born; /* its latest one */
};
static struct model durable, batch;

enum what { PUT, DELETE, UNDELETE, DESTROY, DROP, ROTATE, WRITES };

struct op {
	enum what what;
	unsigned secret, version, value;
	int cas; /* -1: none */
};
static struct op queue[QUEUE];
static unsigned queued, values;

static void
each_version(struct secret *s, const struct op *o)
{
	struct version *v = &s->v[o->version];

	if (o->version == 0 || o->version > s->current)
		return;
	if (o->what == UNDELETE && !v->destroyed)
		v->deleted = false;
	if (o->what == DESTROY)
		v->destroyed = true;
}

/* What the model says of a write: its status; changed accordingly. */
static unsigned
apply(struct model *m, const struct op *o)
{
	struct secret *s = &m->secrets[o->secret];

	switch (o->what) {
	case PUT:
		if (o->cas >= 0 && (unsigned)o->cas != s->current)
			return 400;
		s->v[++s->current] = (struct version){.value = o->value};
		return 200;
	case DELETE:
		if (s->current > 0)
			s->v[s->current].deleted = true;
		return 204;
	case UNDELETE:
	case DESTROY:
		each_version(s, o);
		return 204;
	case DROP:
		memset(s, 0, sizeof(*s));
		return 204;
	case ROTATE:
		m->key_version++;
		m->key_born = due_now();
		return 200;
	case WRITES:
		break;
	}
	return 0;
}

/* ---- asking the keeper ---- */

static unsigned answered;

static unsigned
status_of(const struct served *s, struct frame_reply *r)
{
	claim(frame_get_reply(buf_str(&s->reply), r), "no reply");
	return r->status;
}

static void
request(struct frame_request *f, enum method method, const char *target, const char *body)
{
	memset(f, 0, sizeof(*f));
	f->method = method;
	f->target = str_of(target);
	f->body = str_of(body);
}

static void
serve_write(const struct op *o, struct served *out)
{
	static const char *const places[] = {"data", "data", "undelete", "destroy", "metadata"};
	char target[80], body[128] = "{}";
	enum method method = o->what == DELETE || o->what == DROP ? METHOD_DELETE : METHOD_POST;
	struct frame_request f;

	snprintf(target, sizeof(target), "/v1/secret/%s/h%llu/s%u",
	    places[o->what < ROTATE ? o->what : 0], (unsigned long long)seed, o->secret);
	if (o->what == ROTATE)
		snprintf(target, sizeof(target), "/v1/transit/keys/h%llu/rotate",
		    (unsigned long long)seed);
	if (o->what == PUT && o->cas >= 0)
		snprintf(body, sizeof(body), "{\"data\":{\"v\":%u},\"options\":{\"cas\":%d}}",
		    o->value, o->cas);
	else if (o->what == PUT)
		snprintf(body, sizeof(body), "{\"data\":{\"v\":%u}}", o->value);
	else if (o->what == UNDELETE || o->what == DESTROY)
		snprintf(body, sizeof(body), "{\"versions\":[%u]}", o->version);
	request(&f, method, target, method == METHOD_POST ? body : "");
	memset(out, 0, sizeof(*out));
	serve(&inside, inside_peer(ANYBODY), &f, TURN_BATCH, NULL, out);
}

/* A read, on the last commit. */
static struct json *
read_now(struct arena *a, unsigned *status, const char *target)
{
	struct frame_request f;
	struct frame_reply r;
	struct served s = {.turn = TURN_NOW};
	struct json *body;

	request(&f, METHOD_GET, target, "");
	serve(&inside, inside_peer(ANYBODY), &f, TURN_NOW, NULL, &s);
	*status = status_of(&s, &r);
	answered++;
	body = json_parse(a, arena_copy(a, r.body), &json_limits_body, NULL);
	served_clear(&s);
	return body;
}

static const struct json *
at(const struct json *j, const char *a, const char *b)
{
	j = json_find(j, "data");
	j = j != NULL && a != NULL ? json_find(j, a) : j;
	return j != NULL ? json_find(j, b) : NULL;
}

static void
check_read(struct arena *a, unsigned secret, unsigned version)
{
	const struct secret *s = &durable.secrets[secret];
	unsigned n = version == 0 ? s->current : version, status;
	const struct version *v = &s->v[n < VERSIONS ? n : 0];
	bool there = n > 0 && n <= s->current;
	const struct json *value;
	struct json *body;
	int64_t got = -1;
	char target[80];

	snprintf(target, sizeof(target), "/v1/secret/data/h%llu/s%u?version=%u",
	    (unsigned long long)seed, secret, version);
	body = read_now(a, &status, target);
	if (there && !v->deleted && !v->destroyed) {
		value = at(body, "data", "v");
		claim(status == 200 && value != NULL && json_to_int(value, &got) &&
			got == (int64_t)v->value,
		    "%s: %u with %lld, not %u", target, status, (long long)got, v->value);
	} else {
		claim(status == 404, "%s: %u, not 404", target, status);
	}
}

static void
check_key(struct arena *a)
{
	int64_t latest = -1;
	unsigned status;
	char target[80];
	struct json *body;

	snprintf(target, sizeof(target), "/v1/transit/keys/h%llu", (unsigned long long)seed);
	body = read_now(a, &status, target);
	claim(status == 200 && json_to_int(at(body, NULL, "latest_version"), &latest) &&
		latest == durable.key_version,
	    "the key has version %lld, not %u", (long long)latest, durable.key_version);
}

static void
check_all(struct arena *a)
{
	for (unsigned i = 0; i < SECRETS; i++) {
		check_read(a, i, 0);
		check_read(a, i, 1 + draw(durable.secrets[i].current + 1));
	}
	check_key(a);
}

/* ---- the keeper's life ---- */

static void
drop_services(void)
{
	authority_free(&inside.authority);
	mounts_free(&inside.mounts);
	named_free(&inside.named);
	usage_free(&inside.usage);
	plans_free(&inside.plans);
	readers_free(&inside.readers);
}

static const char *share_body;

/* As after a kill: what was not committed is lost; then it is unsealed again. */
static void
reopen(void)
{
	struct frame_request f;
	struct served s;

	audit_sealed(inside.audit);
	drop_services();
	vault_seal(inside.vault, NULL);
	request(&f, METHOD_PUT, "/v1/sys/unseal", share_body);
	inside_serve(OPERATOR, &f, &s);
	served_clear(&s);
	inside_unsealed();
	records_end(vault_records(inside.vault));
	answered++;
}

enum end { COMMIT, FAIL, LOST_BEFORE, LOST_AFTER };

static unsigned
latest_version(void)
{
	const struct mount *m = mounts_find(inside.mounts, str_of("transit/"));
	struct named_key *k;
	unsigned latest;
	char name[32];

	snprintf(name, sizeof(name), "h%llu", (unsigned long long)seed);
	k = named_find(inside.named, m->uuid, str_of(name), NULL);
	claim(k != NULL, "the key is gone");
	latest = named_key_settings(k)->latest_version;
	named_key_free(&k);
	return latest;
}

/*
 * What is due, as a chore.  A key rotates once, when its version is nine tenths of the period to
 * the whole of it old, however long that was.
 */
static void
run_chore(void)
{
	struct chore_run r = {.again = 0};
	struct error err = ERROR_INIT;
	unsigned before = latest_version(), by;
	int64_t age;

	serve_begin(&r.call, &inside, NULL);
	age = r.call.now - batch.key_born;
	claim(transit_rotate_due(&r, &err) == 0, "rotating: %s", err.text);
	by = latest_version() - before;
	claim(before == batch.key_version, "version %u, not %u", before, batch.key_version);
	claim(by == (age >= PERIOD) || (by == 1 && age >= PERIOD / 10 * 9),
	    "rotated %u times at an age of %lld s", by, (long long)(age / CLOCK_SECOND));
	if (by == 1)
		batch.key_born = r.call.now;
	batch.key_version += by;
	work_free(&r.later);
	reply_clear(&r.call.reply);
	arena_reset(inside.arena);
}

static bool
end_batch(enum end how)
{
	struct records *r = vault_records(inside.vault);
	struct error err = ERROR_INIT;
	const struct store_change *changes;
	uint64_t sequence;
	uint8_t hash[32];
	size_t count;
	bool done;

	records_end(r);
	if (how == LOST_BEFORE)
		return false;
	if (!records_changed(r))
		return true;
	claim(audit_flush(inside.audit, false, &err) == 0, "audit: %s", err.text);
	audit_position(inside.audit, &sequence, hash);
	changes = records_changes(r, sequence, hash, &count);
	done = how != FAIL;
	claim(!done || store_commit(vault_store(inside.vault), changes, count, &err) == 0,
	    "commit: %s", err.text);
	if (how != LOST_AFTER)
		claim(records_committed(r, done, &err) == 0, "commit: %s", err.text);
	return done;
}

static void
run_batch(enum end how)
{
	struct served answers[QUEUE];
	unsigned statuses[QUEUE], wanted[QUEUE];
	struct frame_reply r;

	batch = durable;
	records_begin(vault_records(inside.vault));
	run_chore();
	for (unsigned i = 0; i < queued; i++) {
		wanted[i] = apply(&batch, &queue[i]);
		serve_write(&queue[i], &answers[i]);
		statuses[i] = status_of(&answers[i], &r);
		claim(statuses[i] == wanted[i], "write %u of a batch (%u): %u, not %u: %.*s", i,
		    queue[i].what, statuses[i], wanted[i], STR(r.body));
	}
	if (end_batch(how))
		durable = batch;
	for (unsigned i = 0; i < queued; i++) {
		if (how == COMMIT && answers[i].outcome.len > 0) {
			audit_append(inside.audit, buf_str(&answers[i].outcome));
			answered++;
		}
		served_clear(&answers[i]);
	}
	queued = 0;
	if (how == LOST_BEFORE || how == LOST_AFTER)
		reopen();
}

/* ---- the audit ---- */

static struct trail trail;

/* The chain goes on from where it was, and each answer has a line. */
static void
check_audit(void)
{
	static char text[4 << 20];
	struct error err = ERROR_INIT;
	struct str rest, line, covered;
	struct trail next;
	uint8_t chain[DIGEST_SHA256];
	unsigned responses = 0;
	ssize_t n;

	claim(audit_flush(inside.audit, false, &err) == 0, "audit: %s", err.text);
	n = pread(audit_fd, text, sizeof(text), 0);
	claim(n >= 0 && (size_t)n < sizeof(text) && ftruncate(audit_fd, 0) == 0, "audit file");
	for (rest = (struct str){text, (size_t)n}; str_cut(rest, '\n', &line, &rest);) {
		claim(trail_read(line, &next, &covered), "an audit line without an end");
		if (trail.seq != 0) {
			trail_follow(&trail, covered, chain);
			claim(next.seq == trail.seq + 1 &&
				memcmp(chain, next.chain, sizeof(chain)) == 0,
			    "the audit's chain is broken at %llu", (unsigned long long)next.seq);
		}
		trail = next;
		responses += memmem(line.at, line.len, "\"type\":\"response\"", 17) != NULL;
	}
	claim(responses == answered, "%u answers, %u lines", answered, responses);
	answered = 0;
}

/* ---- histories ---- */

static void
draw_write(void)
{
	struct op *o = &queue[queued++];

	*o = (struct op){.what = (enum what)draw(WRITES),
	    .secret = draw(SECRETS),
	    .version = draw(5),
	    .value = ++values,
	    .cas = -1};
	if (draw(2) == 0)
		o->what = PUT;
	if (o->what == PUT && draw(2) == 0)
		o->cas = (int)draw(4);
}

static void
pass_time(void)
{
	int64_t by = (int64_t)draw(4) * PERIOD / 3 + draw(1000) * (CLOCK_SECOND / 100);

	boot += by;
	wall += by;
	if (draw(3) == 0) /* somebody sets it */
		wall += ((int64_t)draw(20) - 10) * 3600 * CLOCK_SECOND;
	if (wall < (CERTS_NOW - 40000) * CLOCK_SECOND || wall > (CERTS_NOW + 40000) * CLOCK_SECOND)
		wall = CERTS_NOW * CLOCK_SECOND;
}

static void
step(struct arena *a)
{
	static const enum end ends[] = {COMMIT, COMMIT, COMMIT, COMMIT, FAIL, LOST_BEFORE, LOST_AFTER};

	switch (draw(8)) {
	case 0:
	case 1:
	case 2:
		if (queued < QUEUE)
			draw_write();
		break;
	case 3:
	case 4:
		run_batch(ends[draw(sizeof(ends) / sizeof(ends[0]))]);
		break;
	case 5:
		pass_time();
		break;
	case 6:
		if (draw(8) == 0)
			reopen();
		break;
	default:
		check_read(a, draw(SECRETS), draw(4));
		break;
	}
	arena_reset(a);
}

static void
clean_up(struct arena *a)
{
	char target[80];

	for (unsigned i = 0; i < SECRETS; i++) {
		snprintf(target, sizeof(target), "/v1/secret/metadata/h%llu/s%u",
		    (unsigned long long)seed, i);
		inside_ask(a, ANYBODY, METHOD_DELETE, target, "");
	}
	snprintf(target, sizeof(target), "/v1/transit/keys/h%llu/config", (unsigned long long)seed);
	inside_ask(a, ANYBODY, METHOD_POST, target, "{\"deletion_allowed\":true}");
	snprintf(target, sizeof(target), "/v1/transit/keys/h%llu", (unsigned long long)seed);
	inside_ask(a, ANYBODY, METHOD_DELETE, target, "");
	arena_reset(a);
}

/* A history of its own names; it leaves nothing. */
static void
run_history(struct arena *a)
{
	struct records *r;
	char target[80];

	random_state = seed;
	memset(&durable, 0, sizeof(durable));
	queued = values = 0;
	boot = CLOCK_SECOND;
	wall = CERTS_NOW * CLOCK_SECOND;
	snprintf(target, sizeof(target), "/v1/transit/keys/h%llu", (unsigned long long)seed);
	r = vault_records(inside.vault);
	records_begin(r);
	inside_ask(a, ANYBODY, METHOD_POST, target, "{\"auto_rotate_period\":\"1h\"}");
	durable.key_version = 1;
	durable.key_born = due_now();
	batch = durable;
	end_batch(COMMIT);
	for (unsigned i = 0; i < STEPS; i++)
		step(a);
	run_batch(COMMIT);
	check_all(a);
	arena_reset(a);
	records_begin(vault_records(inside.vault));
	clean_up(a);
	end_batch(COMMIT);
	check_audit();
}

static unsigned long long
number(const char *name, unsigned long long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void
test_histories(void **state)
{
	unsigned long long first = number("SEED", 1), count = number("HISTORIES", SANITIZED ? 1000 : 10000);
	struct arena *a = arena_new((size_t)1 << 20, 0, NULL);

	(void)state;
	clock_source.boot = simulated_boot;
	inside_open();
	clock_source.wall = simulated_wall;
	share_body = inside_share;
	inside_commit();
	records_end(vault_records(inside.vault));
	claim(audit_flush(inside.audit, false, NULL) == 0 && ftruncate(audit_fd, 0) == 0, "audit");
	for (seed = first; seed < first + count; seed++)
		run_history(a);
	printf("%llu histories of %d steps\n", count, STEPS);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
