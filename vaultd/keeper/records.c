/*
 * Keeper: the records of an open vault.  Trusted with the keyring; what goes down to the store
 * is wrapped, what comes up is proven to be what was written there.
 *
 * A batch is a list of changes in order.  The newest change of a record counts, so undoing the
 * last request is cutting the list.
 */
#include "vaultd/keeper/records_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"

static const struct {
	bool listed;    /* keeps names and directory markers */
	bool authority; /* changes what callers may do, or where requests go */
	enum record_stamp stamp;
} kinds[RECORD_KINDS] = {
	[RECORD_MOUNT] = { true, true, STAMP_MOUNTS },
	[RECORD_POLICY] = { true, true, STAMP_POLICIES },
	[RECORD_ROLE] = { true, true },
	[RECORD_KV_META] = { true, false },
	[RECORD_KV1] = { true, false },
	[RECORD_ENTITY] = { true, false },
	[RECORD_GROUP] = { true, false },
	[RECORD_CALLER] = { true, false },
	[RECORD_NAMED_KEY] = { true, false },
	[RECORD_AGENDA] = { true, false },
	[RECORD_PKI_KEY] = { true, false },
	[RECORD_PKI_ISSUER] = { true, false },
	[RECORD_PKI_ROLE] = { true, false },
	[RECORD_PKI_CERT] = { true, false },
	[RECORD_PKI_REVOKED] = { true, false },
	[RECORD_PKI_MARK] = { true, false },
	[RECORD_TOKEN] = { true, false, STAMP_TOKENS },
	[RECORD_TOKEN_OWNER] = { false, false, STAMP_TOKENS },
	[RECORD_TOKEN_ROLE] = { true, false },
	[RECORD_CUBBYHOLE] = { true, false },
	[RECORD_CERT_CRL] = { true, true, STAMP_MOUNTS },
	[RECORD_PLAN] = { true, false },
};

static const uint8_t no_mount[16];

struct record_name
record_name_of(enum record_kind kind, const uint8_t mount[16], struct str path)
{
	size_t cut = path.len;

	while (cut > 0 && path.at[cut - 1] != '/')
		cut--;
	return (struct record_name){ kind, mount, { path.at, cut }, str_from(path, cut) };
}

/* ---- the batch and the snapshot below it ---- */

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

struct str
records_key(const uint8_t *id)
{
	return (struct str){ (const char *)id, RECORD_ID };
}

static bool
look_up(struct records *r, const uint8_t *id, struct str *record)
{
	uint64_t version;
	struct change *c = r->writing ? records_newest(r, id) : NULL;

	if (c == NULL)
		return store_get(r->store, STORE_RECORDS, records_key(id), record, &version);
	*record = buf_str(&c->record);
	return !c->erase;
}

struct record_place
records_place(struct records *r, const struct record_name *n)
{
	struct record_place p = { .kind = (uint8_t)n->kind };

	memcpy(p.mount, n->mount, sizeof(p.mount));
	record_id(r->keyring, p.kind, n->mount, n->directory, n->name, p.id);
	return p;
}

static void
restamp(struct records *r, enum record_kind kind)
{
	r->next_stamps[kinds[kind].stamp] = ++r->last_stamp;
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
records_wrap(struct records *r, const struct record_place *p, struct str text, struct buf *out)
{
	record_wrap(r->keyring, r->header, p, text, out);
	r->wrapped++;
}

static void
put(struct records *r, const struct record_name *n, struct str text)
{
	struct record_place p = records_place(r, n);
	struct buf named = BUF_INIT;
	struct str old;
	uint32_t term;
	uint64_t generation;
	struct change *c;

	if (look_up(r, p.id, &old)) {
		(void)record_peek(old, &term, &p.version, &generation);
		records_account(r, p.id, old, false);
	}
	p.version++;
	p.generation = r->root.sequence + 1;
	if (kinds[n->kind].listed) {
		buf_put_u16(&named, (uint16_t)n->name.len);
		buf_put_str(&named, n->name);
		buf_put_str(&named, text);
		text = buf_str(&named);
	}
	records_know_mount(r, p.mount);
	c = records_append(r, &p);
	records_wrap(r, &p, text, &c->record);
	records_account(r, p.id, buf_str(&c->record), true);
	buf_free(&named);
}

static bool
erase(struct records *r, const struct record_name *n)
{
	struct record_place p = records_place(r, n);
	struct str old;

	if (!look_up(r, p.id, &old))
		return false;
	records_account(r, p.id, old, false);
	p.generation = r->root.sequence + 1;
	records_append(r, &p)->erase = true;
	return true;
}

/* ---- directories ---- */

/* "a/b/" is the marker "b/" in "a/". */
static struct record_name
marker_of(const struct record_name *n)
{
	struct str inside = { n->directory.at, n->directory.len - 1 };
	struct record_name m = record_name_of(n->kind, n->mount, inside);

	m.name.len++;
	return m;
}

struct empty_check {
	struct records *r;
	bool empty;
};

static bool
spot(void *arg, struct str key, struct str value, uint64_t version)
{
	struct empty_check *e = arg;
	struct change *c = records_newest(e->r, (const uint8_t *)key.at);

	(void)value;
	(void)version;
	e->empty = c != NULL && c->erase;
	return e->empty;
}

static bool
directory_empty(struct records *r, const struct record_name *n)
{
	struct record_place p = records_place(r, n);
	struct empty_check e = { r, true };

	for (size_t i = 0; i < r->count; i++)
		if (!r->changes[i].erase && memcmp(r->changes[i].id, p.id, RECORD_ID / 2) == 0 &&
		    records_newest(r, r->changes[i].id) == &r->changes[i])
			return false;
	store_walk(r->store, STORE_RECORDS, (struct str){ (const char *)p.id, RECORD_ID / 2 },
	    (struct str){ NULL, 0 }, spot, &e);
	return e.empty;
}

void
records_put(struct records *r, const struct record_name *n, struct str text)
{
	struct record_name m = *n;

	put(r, n, text);
	while (kinds[n->kind].listed && m.directory.len > 0) {
		m = marker_of(&m);
		if (records_has(r, &m))
			break;
		put(r, &m, (struct str){ NULL, 0 });
	}
}

void
records_delete(struct records *r, const struct record_name *n)
{
	struct record_name m = *n;

	if (!erase(r, n))
		return;
	while (kinds[n->kind].listed && m.directory.len > 0 && directory_empty(r, &m)) {
		m = marker_of(&m);
		erase(r, &m);
	}
}

/* ---- reading ---- */

int
records_unwrap(struct records *r, struct record_place *p, struct str record, struct buf *out,
    struct error *err)
{
	if (record_unwrap(r->keyring, r->header, p, record, out, err) == 0)
		return 0;
	log_error("record %02x%02x%02x%02x of kind %u: %s", p->id[16], p->id[17], p->id[18],
	    p->id[19], p->kind, err != NULL ? err->text : "does not open");
	return -1;
}

int
records_get(struct records *r, const struct record_name *n, struct buf *out, struct error *err)
{
	struct record_place p = records_place(r, n);
	size_t before = out->len;
	struct str record;

	if (!look_up(r, p.id, &record))
		return error_set(err, ERR_NOT_FOUND, "there is no such record");
	if (records_unwrap(r, &p, record, out, err) != 0)
		return -1;
	if (kinds[n->kind].listed) {
		struct reader head = reader_of(out->data + before, out->len - before);
		size_t skip = 2u + reader_u16(&head);

		if (skip > out->len - before)
			return error_set(err, ERR_CORRUPT, "a record is shorter than its name");
		memmove(out->data + before, out->data + before + skip, out->len - before - skip);
		out->len -= skip;
		wipe(out->data + out->len, skip);
	}
	return 0;
}

int
records_find(struct records *r, const struct record_name *n, struct buf *out, struct error *err)
{
	struct error why = ERROR_INIT;

	if (records_get(r, n, out, &why) == 0 || why.code == ERR_NOT_FOUND)
		return 0;
	return error_set(err, why.code, "%s", why.text);
}

bool
records_has(struct records *r, const struct record_name *n)
{
	struct record_place p = records_place(r, n);
	struct str record;

	return look_up(r, p.id, &record);
}

/* ---- watching ---- */

static uint64_t
stored_generation(struct records *r, const uint8_t *id)
{
	struct str record;
	uint64_t version, generation = 0;
	uint32_t term;

	if (store_get(r->store, STORE_RECORDS, records_key(id), &record, &version))
		(void)record_peek(record, &term, &version, &generation);
	return generation;
}

static bool
changed_in_batch(struct records *r, const uint8_t *id)
{
	return r->writing && records_newest(r, id) != NULL;
}

void
records_watch(struct records *r, const struct record_name *n, struct record_watch *w)
{
	struct record_place p = records_place(r, n);

	memcpy(w->id, p.id, sizeof(w->id));
	w->generation = changed_in_batch(r, w->id) ? 0 : stored_generation(r, w->id);
	w->sequence = r->root.sequence;
}

bool
records_unchanged(struct records *r, struct record_watch *w)
{
	if (w->generation == 0 || changed_in_batch(r, w->id))
		return false;
	if (w->sequence != r->root.sequence) {
		if (stored_generation(r, w->id) != w->generation)
			return false;
		w->sequence = r->root.sequence;
	}
	return true;
}

/* ---- the batch ---- */

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
		if (look_up(r, c->id, &record))
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
		if (kinds[r->changes[i].kind].authority)
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

static void
wrap_root(struct records *r)
{
	struct record_place p = { .kind = RECORD_ROOT, .version = r->next.sequence,
		.generation = r->next.sequence };
	struct buf text = BUF_INIT;

	memcpy(p.mount, no_mount, sizeof(p.mount));
	buf_put_u64(&text, r->next.sequence);
	buf_put_u64(&text, r->next.count);
	buf_put_u64(&text, r->next.audit_sequence);
	buf_put(&text, r->next.audit_hash, sizeof(r->next.audit_hash));
	buf_put(&text, r->next.sum, sizeof(r->next.sum));
	for (unsigned i = 0; i < r->known.count; i++)
		buf_put(&text, r->known.ids[i], sizeof(r->known.ids[i]));
	buf_clear(&r->root_record);
	records_wrap(r, &p, buf_str(&text), &r->root_record);
	buf_free(&text);
}

const struct store_change *
records_changes(struct records *r, uint64_t audit_sequence, const uint8_t audit_hash[32],
    size_t *count)
{
	size_t n = 0;

	r->next.sequence = r->root.sequence + 1;
	r->next.audit_sequence = audit_sequence;
	memcpy(r->next.audit_hash, audit_hash, sizeof(r->next.audit_hash));
	wrap_root(r);
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

static void
forget_batch(struct records *r)
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
	forget_batch(r);
	return store_refresh(r->store, err);
}

uint64_t
records_wrapped(const struct records *r)
{
	return r->wrapped;
}

uint64_t
records_take_wrapped(struct records *r)
{
	uint64_t n = r->wrapped;

	r->wrapped = 0;
	return n;
}

uint64_t
records_failures(const struct records *r)
{
	return r->failures;
}

const struct records_root *
records_root(const struct records *r)
{
	return &r->root;
}

/* ---- opening ---- */

static int
read_root(struct records *r, struct error *err)
{
	struct record_place p = { .kind = RECORD_ROOT };
	struct buf text = BUF_INIT;
	struct reader in;
	struct str record;
	uint64_t version;
	const uint8_t *hash, *sum, *id;
	int rc = -1;

	if (!store_get(r->store, STORE_META, str_of("root"), &record, &version)) {
		error_set(err, ERR_CORRUPT, "the store has no root record");
		goto out;
	}
	if (record_unwrap(r->keyring, r->header, &p, record, &text, err) != 0) {
		error_prefix(err, "root record: ");
		goto out;
	}
	in = reader_of(text.data, text.len);
	r->root.sequence = reader_u64(&in);
	r->root.count = reader_u64(&in);
	r->root.audit_sequence = reader_u64(&in);
	hash = reader_bytes(&in, sizeof(r->root.audit_hash));
	sum = reader_bytes(&in, sizeof(r->root.sum));
	while (in.left > 0 && (id = reader_bytes(&in, 16)) != NULL)
		records_know_mount(r, id);
	if (!reader_done(&in) || r->root.sequence != version) {
		error_set(err, ERR_CORRUPT, "the root record is malformed");
		goto out;
	}
	memcpy(r->root.audit_hash, hash, sizeof(r->root.audit_hash));
	memcpy(r->root.sum, sum, sizeof(r->root.sum));
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

struct records *
records_open(struct store *store, struct keyring *keyring, const struct header *header,
    bool fresh, struct error *err)
{
	struct records *r = calloc(1, sizeof(*r));

	if (r == NULL)
		fatal("no memory for the records");
	r->store = store;
	r->keyring = keyring;
	r->header = header;
	for (size_t i = 0; i < RECORDS_BUCKETS; i++)
		r->buckets[i] = RECORDS_NONE;
	if (!fresh && read_root(r, err) != 0)
		records_close(&r);
	if (r != NULL)
		r->scan.running = !fresh;
	return r;
}

void
records_close(struct records **r)
{
	if (*r == NULL)
		return;
	forget_batch(*r);
	buf_free(&(*r)->root_record);
	records_free_guesses(*r);
	free((*r)->known.ids);
	free((*r)->changes);
	free((*r)->out);
	free(*r);
	*r = NULL;
}
