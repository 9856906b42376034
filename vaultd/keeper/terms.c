/*
 * Keeper: terms of the keyring, from one to the next.
 */
#include "vaultd/keeper/terms.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "keys/keyring.h"
#include "vaultd/keeper/audit.h"

#define KEPT_EVERY 1024                      /* encryptions that a kill may leave uncounted */
#define AGAIN_UNREADABLE (3600 * CLOCK_SECOND) /* look whether they can be read now */

static const uint8_t no_mount[16];
static const struct record_name config_name = { RECORD_SCHEDULE, no_mount, { "", 0 },
	{ "rotate-config", 13 } };
static const struct record_name state_name = { RECORD_SCHEDULE, no_mount, { "", 0 },
	{ "terms", 5 } };

/* ---- records ---- */

int
terms_config_get(struct records *r, struct terms_config *c, struct error *err)
{
	struct buf text = BUF_INIT;
	struct reader in;
	int rc = records_find(r, &config_name, &text, err);

	*c = (struct terms_config){ true, TERMS_OPERATIONS_MAX, 0 };
	if (rc == 0 && text.len > 0) {
		in = reader_of(text.data, text.len);
		c->enabled = reader_u8(&in) != 0;
		c->max_operations = (int64_t)reader_u64(&in);
		c->interval = (int64_t)reader_u64(&in);
		if (!reader_done(&in))
			rc = error_set(err, ERR_CORRUPT, "the keyring's schedule is malformed");
	}
	buf_free(&text);
	return rc;
}

void
terms_config_put(struct records *r, const struct terms_config *c)
{
	struct buf text = BUF_INIT;

	buf_put_u8(&text, c->enabled);
	buf_put_u64(&text, (uint64_t)c->max_operations);
	buf_put_u64(&text, (uint64_t)c->interval);
	records_put(r, &config_name, buf_str(&text));
	buf_free(&text);
}

/* The walk towards the term `target`, and what was wrapped under it before records_wrapped. */
struct state {
	uint32_t target;
	uint64_t encryptions;
	struct rewrap walk;
	bool walked; /* all of it */
	uint64_t total;
	int64_t started;  /* wall ns; 0: it has not begun */
	int64_t finished; /* wall ns; 0: not yet */
};

static int
get_state(struct records *r, struct state *s, struct error *err)
{
	struct buf text = BUF_INIT;
	struct reader in;
	const uint8_t *at;
	int rc = records_find(r, &state_name, &text, err);

	memset(s, 0, sizeof(*s));
	if (rc == 0 && text.len > 0) {
		in = reader_of(text.data, text.len);
		s->target = reader_u32(&in);
		s->encryptions = reader_u64(&in);
		at = reader_bytes(&in, sizeof(s->walk.at));
		s->walk.seen = reader_u64(&in);
		s->walk.unreadable = reader_u64(&in);
		s->walked = reader_u8(&in) != 0;
		s->total = reader_u64(&in);
		s->started = (int64_t)reader_u64(&in);
		s->finished = (int64_t)reader_u64(&in);
		if (!reader_done(&in))
			rc = error_set(err, ERR_CORRUPT, "the keyring's progress is malformed");
		else
			memcpy(s->walk.at, at, sizeof(s->walk.at));
	}
	buf_free(&text);
	return rc;
}

static void
put_state(struct records *r, struct state *s)
{
	struct buf text = BUF_INIT;

	s->encryptions += records_take_wrapped(r);
	buf_put_u32(&text, s->target);
	buf_put_u64(&text, s->encryptions);
	buf_put(&text, s->walk.at, sizeof(s->walk.at));
	buf_put_u64(&text, s->walk.seen);
	buf_put_u64(&text, s->walk.unreadable);
	buf_put_u8(&text, s->walked);
	buf_put_u64(&text, s->total);
	buf_put_u64(&text, (uint64_t)s->started);
	buf_put_u64(&text, (uint64_t)s->finished);
	records_put(r, &state_name, buf_str(&text));
	buf_free(&text);
}

int
terms_status(struct vault *v, struct terms_status *s, struct error *err)
{
	const struct keyring *k = vault_keyring(v);
	struct state state;

	if (get_state(vault_records(v), &state, err) != 0)
		return -1;
	*s = (struct terms_status){ .newest = keyring_newest(k), .oldest = keyring_oldest(k),
		.encryptions = records_wrapped(vault_records(v)),
		.total = records_root(vault_records(v))->count };
	s->installed = keyring_installed(k, s->newest);
	s->running = s->oldest != s->newest;
	if (state.target != s->newest)
		return 0;
	s->encryptions += state.encryptions;
	s->unreadable = state.walk.unreadable;
	s->started = state.started;
	s->finished = state.finished;
	if (s->started == 0 && s->unreadable > 0)
		s->running = false; /* until it is tried again */
	if (s->started != 0) {
		s->total = state.total > state.walk.seen ? state.total : state.walk.seen;
		s->done = state.walked ? s->total : state.walk.seen;
	}
	return 0;
}

/* ---- the chore ---- */

struct rotation_thing
terms_thing(void)
{
	return (struct rotation_thing){ .kind = ROTATION_KEYRING, .name = str_of("keyring") };
}

static void
note(struct chore_run *run, uint32_t term)
{
	struct rotation_thing keyring = terms_thing();
	struct buf text = BUF_INIT;

	buf_printf(&text, "term %u", term);
	rotation_note(run->call.records, &keyring,
	    &(struct rotation_event){ run->call.now, true, buf_str(&text) });
	buf_free(&text);
}

static void
begin(struct chore_run *run, struct state *s)
{
	struct call *c = &run->call;

	if (s->target != keyring_newest(vault_keyring(c->vault))) {
		s->target = keyring_newest(vault_keyring(c->vault));
		s->encryptions = 0;
		note(run, s->target);
	}
	for (unsigned i = 0; i < mounts_count(c->mounts); i++)
		records_know_mount(c->records, mounts_at(c->mounts, i)->uuid);
	s->walk = (struct rewrap){ 0 };
	s->walked = false;
	s->total = records_root(c->records)->count;
	s->started = c->now;
	s->finished = 0;
	log_info("term %u of the keyring: %llu records are wrapped anew", s->target,
	    (unsigned long long)s->total);
}

/* All records were looked at, and that is committed. */
static int
finish(struct chore_run *run, struct state *s, struct error *err)
{
	struct call *c = &run->call;

	if (s->walk.unreadable > 0) {
		log_error("%llu records are not under term %u of the keyring: the terms from "
		    "%u on are kept for them", (unsigned long long)s->walk.unreadable,
		    s->target, keyring_oldest(vault_keyring(c->vault)));
		s->started = 0; /* begin anew, then */
		run->again = AGAIN_UNREADABLE;
		return 0;
	}
	audit_event(c->audit, "rotate", "all records are under term %u of the keyring: older "
	    "terms are erased", s->target);
	if (audit_flush(c->audit, true, err) != 0 || vault_retire_terms(c->vault, err) != 0)
		return -1;
	log_info("term %u of the keyring wraps all records, older terms are erased", s->target);
	s->finished = c->now;
	vault_compaction(c->vault)->wanted = true; /* in the file they are still there */
	return 0;
}

static int
go_on(struct chore_run *run, struct state *s, struct error *err)
{
	run->again = 0;
	if (s->target != keyring_newest(vault_keyring(run->call.vault)) || s->started == 0)
		begin(run, s);
	else if (!s->walked)
		s->walked = records_rewrap(run->call.records, &s->walk) == 0;
	else if (finish(run, s, err) != 0)
		return -1;
	put_state(run->call.records, s);
	return 0;
}

static bool
is_due(struct chore_run *run, const struct terms_config *config, const struct state *s)
{
	const struct keyring *k = vault_keyring(run->call.vault);
	uint32_t newest = keyring_newest(k);
	uint64_t wrapped = records_wrapped(run->call.records);

	if (!config->enabled)
		return false;
	if (s->target == newest)
		wrapped += s->encryptions;
	return wrapped >= (uint64_t)config->max_operations ||
	    (config->interval > 0 &&
		run->call.now - keyring_installed(k, newest) >= config->interval);
}

static int
rotate(struct chore_run *run, struct error *err)
{
	struct call *c = &run->call;

	audit_event(c->audit, "rotate", "the keyring rotates, as sys/rotate/config has it");
	if (audit_flush(c->audit, true, err) != 0 || vault_add_term(c->vault, c->now, err) != 0)
		return -1;
	run->again = 0;
	return 0;
}

int
terms_keep(struct chore_run *run, struct error *err)
{
	const struct keyring *k = vault_keyring(run->call.vault);
	struct terms_config config;
	struct state s;

	if (terms_config_get(run->call.records, &config, err) != 0 ||
	    get_state(run->call.records, &s, err) != 0)
		return -1;
	if (is_due(run, &config, &s))
		return rotate(run, err);
	if (keyring_oldest(k) != keyring_newest(k))
		return go_on(run, &s, err);
	if (s.target == keyring_newest(k) && s.started != 0 && s.finished == 0)
		s.finished = run->call.now;
	else if (records_wrapped(run->call.records) < KEPT_EVERY)
		return 0;
	s.target = keyring_newest(k);
	put_state(run->call.records, &s);
	return 0;
}
