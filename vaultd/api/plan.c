/*
 * Keeper: rotation plans as records.
 *
 * Format u8 | settings (block: JSON as plan_settings_put writes it, paths relative to the
 * mount) | author (block) | step, flags, place u8 | rotation, id (blocks; empty: none) |
 * attempt, failures, version u32 | due, next, started, retires, succeeded, attempted u64 |
 * trouble (block).
 */
#include "vaultd/api/plan.h"

#include <string.h>

#include "vaultd/api/kv_secret.h"
#include "vaultd/api/plan_log.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/reply.h"

#define FORMAT 1

enum { FLAG_RUNNING = 1, FLAG_PAUSED = 2, FLAG_WAITS = 4, FLAG_CANCELLED = 8 };

/* What settings are kept relative to: a mount may move. */
static const struct mount nowhere = {.path = {"", 0}};

const char *const plan_step_names[PLAN_STEPS] = {
    "none", "create", "set", "test", "promote", "retire", "abandon"};

/* ---- the record ---- */

static struct record_name
name_of(const struct mount *m, struct str path)
{
	return record_name_of(RECORD_PLAN, m->uuid, path);
}

static int
parse_settings(struct call *c, struct str text, struct plan *p)
{
	struct call inner = *c;
	struct str copy = arena_copy(c->arena, text);
	int rc = -1;

	reply_init(&inner.reply);
	inner.route = NULL;
	inner.body =
	    copy.at == NULL ? NULL : json_parse(c->arena, copy, &json_limits_body, NULL);
	if (inner.body != NULL)
		rc = plan_settings_read(&inner, &nowhere, &p->settings);
	reply_clear(&inner.reply);
	return rc;
}

static void
read_uuid(struct reader *in, char to[UUID_TEXT])
{
	struct str text = reader_block(in);

	memset(to, 0, UUID_TEXT);
	in->bad = in->bad || text.len >= UUID_TEXT;
	if (!in->bad)
		memcpy(to, text.at, text.len);
}

static int
parse(struct call *c, struct reader in, struct plan *p)
{
	uint8_t format = reader_u8(&in), flags;
	struct str settings = reader_block(&in);

	p->author = arena_copy(c->arena, reader_block(&in));
	p->step = (enum plan_step)reader_u8(&in);
	flags = reader_u8(&in);
	p->running = (flags & FLAG_RUNNING) != 0;
	p->paused = (flags & FLAG_PAUSED) != 0;
	p->waits = (flags & FLAG_WAITS) != 0;
	p->cancelled = (flags & FLAG_CANCELLED) != 0;
	p->place = (enum plan_place)reader_u8(&in);
	read_uuid(&in, p->rotation);
	read_uuid(&in, p->id);
	p->attempt = reader_u32(&in);
	p->failures = reader_u32(&in);
	p->version = reader_u32(&in);
	p->due = (int64_t)reader_u64(&in);
	p->next = (int64_t)reader_u64(&in);
	p->started = (int64_t)reader_u64(&in);
	p->retires = (int64_t)reader_u64(&in);
	p->succeeded = (int64_t)reader_u64(&in);
	p->attempted = (int64_t)reader_u64(&in);
	p->trouble = arena_copy(c->arena, reader_block(&in));
	if (format != FORMAT || !reader_done(&in) || p->step >= PLAN_STEPS ||
	    p->place > PLACE_PERSON)
		return -1;
	return parse_settings(c, settings, p);
}

int
plan_read(
    struct call *c, const struct mount *m, struct str path, struct plan *p, struct error *err)
{
	struct record_name n = name_of(m, path);
	struct buf bytes = BUF_INIT;
	int rc = records_find(c->records, &n, &bytes, err);

	*p = (struct plan){.mount = m, .path = path};
	if (rc == 0 && bytes.len == 0)
		rc = 1;
	if (rc == 0 && parse(c, reader_of(bytes.data, bytes.len), p) != 0)
		rc = error_set(err, ERR_CORRUPT, "a rotation plan cannot be read");
	buf_free(&bytes);
	return rc;
}

static void
put_settings(struct buf *out, const struct plan *p)
{
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);

	json_open_object(&w, NULL);
	plan_settings_put(&w, &nowhere, &p->settings);
	json_close_object(&w);
	buf_put_block(out, text.data, text.len);
	buf_free(&text);
}

static uint8_t
flags_of(const struct plan *p)
{
	return (uint8_t)((p->running ? FLAG_RUNNING : 0) | (p->paused ? FLAG_PAUSED : 0) |
			 (p->waits ? FLAG_WAITS : 0) | (p->cancelled ? FLAG_CANCELLED : 0));
}

void
plan_write(struct call *c, const struct plan *p)
{
	struct record_name n = name_of(p->mount, p->path);
	struct buf b = BUF_INIT;

	buf_put_u8(&b, FORMAT);
	put_settings(&b, p);
	buf_put_block(&b, p->author.at, p->author.len);
	buf_put_u8(&b, (uint8_t)p->step);
	buf_put_u8(&b, flags_of(p));
	buf_put_u8(&b, (uint8_t)p->place);
	buf_put_block(&b, p->rotation, strlen(p->rotation));
	buf_put_block(&b, p->id, strlen(p->id));
	buf_put_u32(&b, p->attempt);
	buf_put_u32(&b, p->failures);
	buf_put_u32(&b, p->version);
	buf_put_u64(&b, (uint64_t)p->due);
	buf_put_u64(&b, (uint64_t)p->next);
	buf_put_u64(&b, (uint64_t)p->started);
	buf_put_u64(&b, (uint64_t)p->retires);
	buf_put_u64(&b, (uint64_t)p->succeeded);
	buf_put_u64(&b, (uint64_t)p->attempted);
	buf_put_block(
	    &b, p->trouble.at, p->trouble.len < PLAN_TEXT ? p->trouble.len : PLAN_TEXT);
	records_put(c->records, &n, buf_str(&b));
	buf_free(&b);
}

/* ---- the agenda ---- */

void
plan_put_id(struct buf *id, const struct mount *m, struct str path)
{
	buf_put(id, m->uuid, sizeof(m->uuid));
	buf_put_str(id, path);
}

static enum agenda_what
agenda_of(enum plan_place place)
{
	return place == PLACE_PERSON ? AGENDA_PERSON : AGENDA_PLAN;
}

void
plan_place(struct call *c, struct plan *p, enum plan_place place, int64_t when)
{
	struct buf id = BUF_INIT;

	if (p->paused)
		place = PLACE_NOWHERE;
	if (place == PLACE_PERSON || p->place == PLACE_PERSON)
		plans_recount(c->plans);
	plan_put_id(&id, p->mount, p->path);
	if (p->place != PLACE_NOWHERE)
		agenda_remove(c->records, p->next, agenda_of(p->place), buf_str(&id));
	if (place != PLACE_NOWHERE)
		agenda_put(c->records, when, agenda_of(place), buf_str(&id));
	p->place = place;
	p->next = place == PLACE_NOWHERE ? 0 : when;
	buf_free(&id);
}

/* The bucket of now has not ended: the one before it has. */
void
plan_place_now(struct call *c, struct plan *p)
{
	plan_place(c, p, PLACE_AGENDA, c->now - AGENDA_BUCKET);
}

int
plan_of_entry(struct call *c, struct str id, struct plan *p, struct error *err)
{
	struct str path = id.len > 16 ? arena_copy(c->arena, str_from(id, 16)) : id;

	for (unsigned i = 0; id.len > 16 && i < mounts_count(c->mounts); i++)
		if (memcmp(mounts_at(c->mounts, i)->uuid, id.at, 16) == 0)
			return plan_read(c, mounts_at(c->mounts, i), path, p, err);
	return 1;
}

struct rotation_thing
plan_thing(const struct plan *p)
{
	struct rotation_thing t = {.kind = ROTATION_PLAN, .name = p->path};

	memcpy(t.mount, p->mount->uuid, sizeof(t.mount));
	return t;
}

/* ---- values beside the current one ---- */

/* The path as a directory, in the arena: "a/b" is "a/b/". */
static struct record_name
staged_name(struct call *c, const struct plan *p, const char *which)
{
	char *text = arena_alloc(c->arena, p->path.len + 1);

	if (text == NULL)
		fatal("the arena has no room for a path");
	memcpy(text, p->path.at, p->path.len);
	text[p->path.len] = '/';
	return (struct record_name){
	    RECORD_STAGED, p->mount->uuid, {text, p->path.len + 1}, str_of(which)};
}

int
plan_staged(
    struct call *c, const struct plan *p, const char *which, struct buf *out, struct error *err)
{
	struct record_name n = staged_name(c, p, which);
	size_t before = out->len;

	if (records_find(c->records, &n, out, err) != 0)
		return -1;
	return out->len == before ? 1 : 0;
}

void
plan_stage(struct call *c, const struct plan *p, const char *which, struct str value)
{
	struct record_name n = staged_name(c, p, which);

	records_put(c->records, &n, value);
}

void
plan_unstage(struct call *c, const struct plan *p, const char *which)
{
	struct record_name n = staged_name(c, p, which);

	records_delete(c->records, &n);
}

static int
to_tree(struct call *c, struct buf *value, const struct json **tree, struct error *err)
{
	struct str text = arena_copy(c->arena, buf_str(value));

	buf_free(value);
	*tree = text.at == NULL ? NULL : json_parse(c->arena, text, &json_limits_body, err);
	return *tree != NULL ? 0
			     : error_set(err, ERR_LIMIT, "a secret is too large to work with");
}

int
plan_staged_tree(struct call *c, const struct plan *p, const char *which,
    const struct json **tree, struct error *err)
{
	struct buf value = BUF_INIT;
	int rc = plan_staged(c, p, which, &value, err);

	*tree = NULL;
	return rc == 0 ? to_tree(c, &value, tree, err) : rc < 0 ? -1 : 0;
}

int
plan_current_tree(struct call *c, const struct plan *p, struct str path,
    const struct json **tree, struct error *err)
{
	struct buf value = BUF_INIT;
	struct kv_secret s;
	struct kv_version *v;
	int rc;

	*tree = NULL;
	c->mount = p->mount;
	rc = kv_read(c, path, &s, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	v = kv_find(&s, 0);
	if (v == NULL || v->destroyed || kv_deleted(v, c->now))
		return 0;
	if (kv_value(c, path, v->number, &value, err) != 0) {
		buf_free(&value);
		return -1;
	}
	return to_tree(c, &value, tree, err);
}

/* ---- the end ---- */

int
plan_drop(struct call *c, struct str path, struct error *err)
{
	struct record_name n = name_of(c->mount, path);
	struct rotation_thing t;
	struct plan p;

	if (!records_has(c->records, &n))
		return 0;
	if (plan_read(c, c->mount, path, &p, err) < 0)
		return -1;
	t = plan_thing(&p);
	plan_place(c, &p, PLACE_NOWHERE, 0);
	plan_unstage(c, &p, STAGED_PENDING);
	plan_unstage(c, &p, STAGED_PREVIOUS);
	plan_log_drop(c->records, &p);
	rotation_forget(c->records, &t);
	records_delete(c->records, &n);
	return 5;
}
