/*
 * Keeper: rotating named keys when it is time.
 */
#include "vaultd/api/transit_schedule.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/named.h"

#define SLICE 32                          /* keys in one batch */
#define SLICE_EVERY (CLOCK_SECOND / 20)   /* so 640 keys a second, at most */
#define RETRY (3600 * CLOCK_SECOND)

/* ---- the agenda's entries ---- */

static void
put_id(struct buf *id, const struct mount *m, struct str name)
{
	buf_put(id, m->uuid, sizeof(m->uuid));
	buf_put_str(id, name);
}

/* The mount and the name an id tells of; NULL: there is no such mount any more. */
static const struct mount *
read_id(const struct call *c, struct str id, struct str *name)
{
	for (unsigned i = 0; id.len >= 16 && i < mounts_count(c->mounts); i++) {
		const struct mount *m = mounts_at(c->mounts, i);

		if (memcmp(m->uuid, id.at, sizeof(m->uuid)) == 0) {
			*name = str_from(id, sizeof(m->uuid));
			return m;
		}
	}
	return NULL;
}

static struct rotation_thing
thing_of(const struct mount *m, struct str name)
{
	struct rotation_thing t = { .kind = ROTATION_KEY, .name = name };

	memcpy(t.mount, m->uuid, sizeof(t.mount));
	return t;
}

struct named_key *
transit_schedule(struct call *c, const struct mount *m, struct str name,
    const struct named_key *before, const struct named_key *k)
{
	int64_t old = before != NULL ? named_key_settings(before)->next_rotation : 0;
	int64_t next = named_key_settings(k)->next_rotation, ahead = c->now - clock_wall();
	struct named_key *copy = NULL;
	struct buf id = BUF_INIT;

	if (next == old)
		return NULL;
	if (next != 0 && ahead > CLOCK_SECOND) {
		copy = named_key_copy(k);
		next += ahead;
		named_key_schedule(copy, next);
	}
	put_id(&id, m, name);
	if (old != 0)
		agenda_remove(c->records, old, AGENDA_KEY, buf_str(&id));
	if (next != 0)
		agenda_put(c->records, next, AGENDA_KEY, buf_str(&id));
	buf_free(&id);
	return copy;
}

void
transit_unschedule(struct call *c, struct str name, const struct named_key *k)
{
	struct rotation_thing t = thing_of(c->mount, name);
	struct buf id = BUF_INIT;

	put_id(&id, c->mount, name);
	if (k != NULL && named_key_settings(k)->next_rotation != 0)
		agenda_remove(c->records, named_key_settings(k)->next_rotation, AGENDA_KEY,
		    buf_str(&id));
	rotation_forget(c->records, &t);
	buf_free(&id);
}

/* ---- rotating what is due ---- */

static void
succeeded(struct call *c, const struct mount *m, struct str name)
{
	struct rotation_thing t = thing_of(m, name);
	struct named_key *k = named_find(c->named, m->uuid, name, NULL);
	struct buf text = BUF_INIT;

	buf_printf(&text, "version %u", k != NULL ? named_key_settings(k)->latest_version : 0);
	rotation_note(c->records, &t, &(struct rotation_event){ c->now, true, buf_str(&text) });
	audit_event(c->audit, "rotate", "key %.*s of %.*s has %.*s, by its auto_rotate_period",
	    STR(name), STR(m->path), STR(buf_str(&text)));
	buf_free(&text);
	named_key_free(&k);
}

/* Its own next_rotation stays, so that it is overdue; the agenda comes back to it. */
static void
failed(struct call *c, const struct mount *m, const struct agenda_entry *e, struct str name,
    const struct error *why)
{
	struct rotation_thing t = thing_of(m, name);

	log_warn("key %.*s of %.*s was not rotated: %s", STR(name), STR(m->path), why->text);
	rotation_note(c->records, &t,
	    &(struct rotation_event){ c->now, false, str_of(why->text) });
	agenda_put(c->records, c->now + RETRY, e->what, e->id);
}

/* Whether the key is there and its time has come; false with *why: it does not open. */
static bool
is_due(struct call *c, const struct mount *m, struct str name, struct error *why)
{
	struct named_key *k = named_find(c->named, m->uuid, name, why);
	const struct named_key_settings *s = k != NULL ? named_key_settings(k) : NULL;
	bool due = s != NULL && s->next_rotation != 0 && s->next_rotation <= c->now;

	named_key_free(&k);
	return due;
}

static int
visit(void *arg, const struct agenda_entry *e, struct error *err)
{
	struct chore_run *run = arg;
	struct call *c = &run->call;
	struct str name;
	const struct mount *m = read_id(c, e->id, &name);
	struct error why = ERROR_INIT;
	struct work *later = NULL;
	int rc;

	(void)err;
	if (m == NULL || (!is_due(c, m, name, &why) && (why.code == ERR_NONE ||
	    why.code == ERR_NOT_FOUND)))
		return 0;
	rc = why.code == ERR_NONE ? transit_rotate(c, m, name, &later, &why) : -1;
	if (later != NULL) { /* the first is drawn now, the others when they come first */
		if (run->later == NULL)
			run->later = later;
		else
			work_free(&later);
		return 1;
	}
	if (rc == 0)
		succeeded(c, m, name);
	else
		failed(c, m, e, name, &why);
	return 0;
}

int
transit_rotate_due(struct chore_run *run, struct error *err)
{
	int n = agenda_due(run->call.records, AGENDA_KEY, run->call.now, SLICE, visit, run,
	    err);

	if (n > 0)
		due_mark(run->call.records);
	run->again = n < SLICE ? AGENDA_BUCKET : SLICE_EVERY;
	return n < 0 ? -1 : 0;
}

/* ---- telling what will be ---- */

struct walk {
	struct call *call;
	rotation_show *each;
	void *arg;
};

static bool
show(void *arg, const struct agenda_entry *e)
{
	struct walk *w = arg;
	struct rotation_item i = { .next = e->when };
	struct named_key *k = NULL;
	struct str name;
	const struct mount *m = read_id(w->call, e->id, &name);
	bool more = true;

	if (m != NULL)
		k = named_find(w->call->named, m->uuid, name, NULL);
	if (k != NULL && named_key_settings(k)->next_rotation != 0) {
		i.thing = thing_of(m, name);
		i.period = named_key_settings(k)->auto_rotate_period;
		i.due = named_key_settings(k)->next_rotation;
		more = w->each(w->arg, &i);
	}
	named_key_free(&k);
	return more;
}

int
transit_walk_schedule(struct call *c, int64_t from, rotation_show *each, void *arg,
    struct error *err)
{
	struct walk w = { c, each, arg };

	return agenda_walk(c->records, AGENDA_KEY, from, show, &w, err);
}
