/*
 * Keeper: the records of an open vault.  Trusted with the keyring; what goes down to the store
 * is wrapped, what comes up is proven to be what was written there.
 */
#include "vaultd/keeper/records_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"

const struct record_trait record_traits[RECORD_KINDS] = {
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

struct record_name
record_name_of(enum record_kind kind, const uint8_t mount[16], struct str path)
{
	size_t cut = path.len;

	while (cut > 0 && path.at[cut - 1] != '/')
		cut--;
	return (struct record_name){ kind, mount, { path.at, cut }, str_from(path, cut) };
}

/* ---- reading ---- */

struct str
records_key(const uint8_t *id)
{
	return (struct str){ (const char *)id, RECORD_ID };
}

bool
records_look_up(struct records *r, const uint8_t *id, struct str *record)
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

void
records_wrap(struct records *r, const struct record_place *p, struct str text, struct buf *out)
{
	record_wrap(r->keyring, r->header, p, text, out);
	r->wrapped++;
}

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

	if (!records_look_up(r, p.id, &record))
		return error_set(err, ERR_NOT_FOUND, "there is no such record");
	if (records_unwrap(r, &p, record, out, err) != 0)
		return -1;
	if (record_traits[n->kind].listed) {
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

	return records_look_up(r, p.id, &record);
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

/* ---- opening ---- */

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
	if (!fresh && records_read_root(r, err) != 0)
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
	records_forget(*r);
	buf_free(&(*r)->root_record);
	records_free_guesses(*r);
	free((*r)->known.ids);
	free((*r)->changes);
	free((*r)->out);
	free(*r);
	*r = NULL;
}
