/*
 * Keeper: the batch over the records of an open vault.
 *
 * A batch is a list of changes in order.  The newest change of a record counts, so undoing the
 * last request is cutting the list.
 */
#include "vaultd/keeper/records_state.h"

#include <stdlib.h>
#include <string.h>

static size_t *
bucket(struct records *r, const uint8_t *id)
{
	return &r->buckets[(id[RECORD_ID - 1] | id[RECORD_ID - 2] << 8) % RECORDS_BUCKETS];
}

struct change *
records_newest(struct records *r, const uint8_t *id)
{
	for (size_t i = *bucket(r, id); i != RECORDS_NONE; i = r->changes[i].older)
		if (memcmp(r->changes[i].id, id, RECORD_ID) == 0)
			return &r->changes[i];
	return NULL;
}

static void
restamp(struct records *r, enum record_kind kind)
{
	r->next_stamps[record_traits[kind].stamp] = ++r->last_stamp;
}

struct change *
records_append(struct records *r, const struct record_place *place)
{
	size_t *head = bucket(r, place->id);
	struct change *c;
	struct str old;

	if (r->count == r->room) {
		r->room = r->room == 0 ? 64 : r->room * 2;
		r->changes = realloc(r->changes, r->room * sizeof(*r->changes));
		r->out = realloc(r->out, (r->room + 1) * sizeof(*r->out));
		if (r->changes == NULL || r->out == NULL)
			fatal("no memory for a batch of %zu changes", r->room);
	}
	c = &r->changes[r->count];
	memset(c, 0, sizeof(*c));
	memcpy(c->id, place->id, RECORD_ID);
	c->kind = (enum record_kind)place->kind;
	c->place = *place;
	if (!store_get(r->store, STORE_RECORDS, records_key(c->id), &old, &c->expected))
		c->expected = 0;
	c->older = *head;
	*head = r->count++;
	restamp(r, c->kind);
	return c;
}

void
records_account(struct records *r, const uint8_t *id, struct str record, bool in)
{
	if (in) {
		record_sum_add(r->keyring, id, record, r->next.sum);
		r->next.count++;
	} else {
		record_sum_take(r->keyring, id, record, r->next.sum);
		r->next.count--;
	}
}

void
records_begin(struct records *r)
{
	if (r->count == 0)
		r->next = r->root;
	r->writing = true;
}

void
records_end(struct records *r)
{
	r->writing = false;
}

size_t
records_mark(const struct records *r)
{
	return r->count;
}

void
records_undo(struct records *r, size_t mark)
{
	bool writing = r->writing;
	struct str record;

	r->writing = true;
	while (r->count > mark) {
		struct change *c = &r->changes[r->count - 1];

		if (!c->erase)
			records_account(r, c->id, buf_str(&c->record), false);
		*bucket(r, c->id) = c->older;
		restamp(r, c->kind);
		r->count--;
		if (records_look_up(r, c->id, &record))
			records_account(r, c->id, record, true);
		buf_free(&c->record);
	}
	r->writing = writing;
}

bool
records_changed(const struct records *r)
{
	return r->count > 0;
}

bool
records_changed_authority(const struct records *r, size_t since_mark)
{
	for (size_t i = since_mark; i < r->count; i++)
		if (record_traits[r->changes[i].kind].authority)
			return true;
	return false;
}

uint64_t
records_stamp(const struct records *r, enum record_stamp which)
{
	return r->writing ? r->next_stamps[which] : r->stamps[which];
}

void
records_each_changed(const struct records *r, enum record_kind kind, record_changed *each,
    void *arg)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->changes[i].kind == kind)
			each(arg, r->changes[i].id);
}

const struct store_change *
records_changes(struct records *r, uint64_t audit_sequence, const uint8_t audit_hash[32],
    size_t *count)
{
	size_t n = 0;

	r->next.sequence = r->root.sequence + 1;
	r->next.audit_sequence = audit_sequence;
	memcpy(r->next.audit_hash, audit_hash, sizeof(r->next.audit_hash));
	records_wrap_root(r);
	for (size_t i = 0; i < r->count; i++) {
		struct change *c = &r->changes[i];

		if (records_newest(r, c->id) != c || (c->erase && c->expected == 0))
			continue;
		r->out[n++] = (struct store_change){ STORE_RECORDS, records_key(c->id),
			c->erase ? (struct str){ NULL, 0 } : buf_str(&c->record),
			r->next.sequence, c->expected };
	}
	r->out[n++] = (struct store_change){ STORE_META, str_of("root"), buf_str(&r->root_record),
		r->next.sequence, r->root.sequence };
	*count = n;
	return r->out;
}

void
records_forget(struct records *r)
{
	for (size_t i = 0; i < r->count; i++) {
		*bucket(r, r->changes[i].id) = RECORDS_NONE;
		buf_free(&r->changes[i].record);
	}
	r->count = 0;
}

int
records_committed(struct records *r, bool done, struct error *err)
{
	if (done) {
		records_scan_follow(r);
		r->root = r->next;
		memcpy(r->stamps, r->next_stamps, sizeof(r->stamps));
	} else {
		r->failures++;
		memcpy(r->next_stamps, r->stamps, sizeof(r->stamps));
	}
	records_forget(r);
	return store_refresh(r->store, err);
}

uint64_t
records_failures(const struct records *r)
{
	return r->failures;
}
