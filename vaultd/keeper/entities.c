/*
 * Keeper: entities in the records, and those that are worked out.
 */
#include "vaultd/keeper/entities.h"

#include <string.h>

#include "vaultd/keeper/packed.h"
#include "vaultd/keeper/virtual.h"

#define FORMAT 1
#define FLAG_DISABLED 1
#define FLAG_METADATA 2

/* How often operators may take its alias from an entity and leave the entity. */
#define CALLER_IDS 16

void
entity_free(struct entity *e)
{
	buf_free(&e->bytes);
	memset(e, 0, sizeof(*e));
}

/* ---- records ---- */

static void
format(struct buf *out, const struct entity *e)
{
	buf_put_u8(out, FORMAT);
	buf_put_u8(out, (uint8_t)((e->disabled ? FLAG_DISABLED : 0) |
	    (e->has_metadata ? FLAG_METADATA : 0)));
	buf_put_block(out, e->id.at, e->id.len);
	buf_put_block(out, e->name.at, e->name.len);
	buf_put_u64(out, (uint64_t)e->created);
	buf_put_u64(out, (uint64_t)e->updated);
	buf_put_block(out, e->policies.at, e->policies.len);
	buf_put_block(out, e->metadata.at, e->metadata.len);
	buf_put_block(out, e->merged.at, e->merged.len);
	buf_put_u8(out, (uint8_t)e->alias_count);
	for (unsigned i = 0; i < e->alias_count; i++)
		alias_put(out, &e->aliases[i]);
}

static int
parse(struct entity *e, struct error *err)
{
	struct reader in = reader_of(e->bytes.data, e->bytes.len);
	uint8_t format = reader_u8(&in), flags = reader_u8(&in);

	e->disabled = (flags & FLAG_DISABLED) != 0;
	e->has_metadata = (flags & FLAG_METADATA) != 0;
	e->id = reader_block(&in);
	e->name = reader_block(&in);
	e->created = (int64_t)reader_u64(&in);
	e->updated = (int64_t)reader_u64(&in);
	e->policies = reader_block(&in);
	e->metadata = reader_block(&in);
	e->merged = reader_block(&in);
	e->alias_count = reader_u8(&in);
	for (unsigned i = 0; i < e->alias_count && i < ENTITY_ALIASES; i++)
		alias_read(&in, &e->aliases[i]);
	if (!reader_done(&in) || format != FORMAT)
		return error_set(err, ERR_CORRUPT, "the record of an entity is malformed");
	e->stored = true;
	return 0;
}

static int
read_stored(const struct identities *s, struct str id, struct entity *e, struct error *err)
{
	struct record_name n = identity_record(RECORD_ENTITY, id);

	memset(e, 0, sizeof(*e));
	if (records_get(s->records, &n, &e->bytes, err) == 0 && parse(e, err) == 0)
		return 0;
	entity_free(e);
	return -1;
}

/* By what the index has.  1: *e is it, 0: nothing has that name, -1 with ERR_CORRUPT. */
static int
find_stored(const struct identities *s, struct identity_key key, struct entity *e,
    struct error *err)
{
	struct error why = ERROR_INIT;
	char id[UUID_TEXT];

	if (identity_find(s, key, id, &why) == 0)
		return read_stored(s, str_of(id), e, err) == 0 ? 1 : -1;
	return why.code == ERR_NOT_FOUND ? 0 : error_set(err, why.code, "%s", why.text);
}

/* ---- of callers ---- */

/*
 * The id of a caller that no alias names: the first that no entity has.  An entity that has it
 * had this caller's alias, and lost it: its policies must not come back by themselves.
 */
static bool
free_id(const struct identities *s, struct str spiffe_id, char id[UUID_TEXT])
{
	for (unsigned turn = 0; turn < CALLER_IDS; turn++) {
		struct record_name n;

		virtual_id(s, spiffe_id, turn, id);
		n = identity_record(RECORD_ENTITY, str_of(id));
		if (!records_has(s->records, &n))
			return true;
	}
	return false;
}

static int
of_caller(const struct identities *s, const struct caller *c, struct entity *e,
    struct error *err)
{
	struct identity_key key = { INDEX_ENTITY_ALIAS, s->accessor, c->spiffe_id };
	char id[UUID_TEXT];
	int found = s->accessor.len > 0 ? find_stored(s, key, e, err) : 0;

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (!free_id(s, c->spiffe_id, id))
		return error_set(err, ERR_LIMIT,
		    "the alias of \"%.*s\" was taken from too many entities", STR(c->spiffe_id));
	virtual_make(s, str_of(id), c, e);
	return 0;
}

int
entities_of_caller(const struct identities *s, struct str spiffe_id, struct entity *e,
    struct error *err)
{
	struct caller c = { .spiffe_id = spiffe_id };

	return of_caller(s, &c, e, err);
}

/* The virtual entity of that id, if its caller is known and has not got another since. */
static int
read_virtual(const struct identities *s, struct str id, struct entity *e, struct error *err)
{
	struct buf bytes = BUF_INIT;
	struct caller c;
	int rc = -1;

	if (!callers_find(s, id, &bytes, &c))
		error_set(err, ERR_NOT_FOUND, "there is no such entity");
	else
		rc = of_caller(s, &c, e, err);
	if (rc == 0 && !str_equal(e->id, id)) {
		entity_free(e);
		rc = error_set(err, ERR_NOT_FOUND, "there is no such entity");
	}
	buf_free(&bytes);
	return rc;
}

/* ---- finding ---- */

int
entities_by_id(const struct identities *s, struct str id, struct entity *e, struct error *err)
{
	struct error why = ERROR_INIT;

	if (read_stored(s, id, e, &why) == 0)
		return 0;
	if (why.code == ERR_NOT_FOUND)
		return read_virtual(s, id, e, err);
	return error_set(err, why.code, "%s", why.text);
}

int
entities_by_name(const struct identities *s, struct str name, struct entity *e,
    struct error *err)
{
	struct identity_key key = { INDEX_ENTITY_NAME, { NULL, 0 }, name };
	int found = find_stored(s, key, e, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (str_starts(name, VIRTUAL_PREFIX))
		return read_virtual(s, str_from(name, strlen(VIRTUAL_PREFIX)), e, err);
	return error_set(err, ERR_NOT_FOUND, "there is no such entity");
}

int
entities_by_alias_id(const struct identities *s, struct str alias_id, struct entity *e,
    struct error *err)
{
	struct identity_key key = { INDEX_ENTITY_ALIAS_ID, { NULL, 0 }, alias_id };
	int found = find_stored(s, key, e, err);
	char id[UUID_TEXT];

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (alias_id.len != UUID_TEXT - 1)
		return error_set(err, ERR_NOT_FOUND, "there is no such alias");
	virtual_mirror(alias_id, id);
	return read_virtual(s, str_of(id), e, err);
}

int
entities_by_alias(const struct identities *s, struct str accessor, struct str name,
    struct entity *e, struct error *err)
{
	struct identity_key key = { INDEX_ENTITY_ALIAS, accessor, name };
	int found = find_stored(s, key, e, err);
	char id[UUID_TEXT];

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (!str_equal(accessor, s->accessor) || !free_id(s, name, id))
		return error_set(err, ERR_NOT_FOUND, "there is no such alias");
	return read_virtual(s, str_of(id), e, err);
}

struct alias *
entity_alias_by_id(struct entity *e, struct str id)
{
	for (unsigned i = 0; i < e->alias_count; i++)
		if (str_equal(e->aliases[i].id, id))
			return &e->aliases[i];
	return NULL;
}

struct alias *
entity_alias_at(struct entity *e, struct str accessor)
{
	for (unsigned i = 0; i < e->alias_count; i++)
		if (str_equal(e->aliases[i].accessor, accessor))
			return &e->aliases[i];
	return NULL;
}

/* ---- changing ---- */

static void
unindex(const struct identities *s, const struct entity *e)
{
	identity_unindex(s, (struct identity_key){ INDEX_ENTITY_NAME, { NULL, 0 }, e->name });
	for (unsigned i = 0; i < e->alias_count; i++)
		alias_unindex(s, INDEX_ENTITY_ALIAS_ID, &e->aliases[i]);
}

static void
put(const struct identities *s, const struct entity *e)
{
	struct identity_key name = { INDEX_ENTITY_NAME, { NULL, 0 }, e->name };
	struct record_name n = identity_record(RECORD_ENTITY, e->id);
	struct buf text = BUF_INIT;

	format(&text, e);
	records_put(s->records, &n, buf_str(&text));
	buf_free(&text);
	identity_index(s, name, e->id);
	for (unsigned i = 0; i < e->alias_count; i++)
		alias_index(s, INDEX_ENTITY_ALIAS_ID, &e->aliases[i], e->id);
}

void
entities_replace(const struct identities *s, const struct entity *old,
    const struct entity *fresh)
{
	if (old != NULL && old->stored)
		unindex(s, old);
	if (old != NULL && !old->stored)
		callers_forget(s, old->id);
	if (fresh != NULL) {
		put(s, fresh);
	} else if (old != NULL && old->stored) {
		struct record_name n = identity_record(RECORD_ENTITY, old->id);

		records_delete(s->records, &n);
	}
}

/* ---- all of them ---- */

static bool
collect(void *arg, struct str id)
{
	buf_put_block(arg, id.at, id.len);
	return true;
}

/* Visit one; 1: go on, 0: stop, -1 with ERR_CORRUPT. */
static int
visit(const struct identities *s, struct str id, entity_visit *each, void *arg,
    struct error *err)
{
	struct error why = ERROR_INIT;
	struct entity e;
	bool more;

	if (entities_by_id(s, id, &e, &why) != 0) {
		/* A caller whose entity is another by now is none. */
		if (why.code == ERR_NOT_FOUND)
			return 1;
		return error_set(err, why.code, "%s", why.text);
	}
	more = each(arg, &e);
	entity_free(&e);
	return more ? 1 : 0;
}

static int
list_kind(const struct identities *s, enum record_kind kind, struct str after, struct buf *out,
    struct error *err)
{
	return records_list(s->records, kind, identity_mount, (struct str){ "", 0 }, after, 0,
	    collect, out, err);
}

/* The ids of those that have records, and of callers who are known. */
static int
all_ids(const struct identities *s, struct str after, struct buf *out, struct error *err)
{
	struct buf stored = BUF_INIT, callers = BUF_INIT, noted = BUF_INIT, both = BUF_INIT;
	int rc = -1;

	if (list_kind(s, RECORD_ENTITY, after, &stored, err) == 0 &&
	    list_kind(s, RECORD_CALLER, after, &callers, err) == 0) {
		callers_noted(s, after, &noted);
		packed_unite(buf_str(&callers), buf_str(&noted), &both);
		packed_unite(buf_str(&stored), buf_str(&both), out);
		rc = 0;
	}
	buf_free(&stored);
	buf_free(&callers);
	buf_free(&noted);
	buf_free(&both);
	return rc;
}

int
entities_list(const struct identities *s, struct str after, entity_visit *each, void *arg,
    struct error *err)
{
	struct buf ids = BUF_INIT;
	int more = all_ids(s, after, &ids, err) == 0 ? 1 : -1;
	struct str rest = buf_str(&ids), id;

	while (more > 0 && packed_next(&rest, &id))
		more = visit(s, id, each, arg, err);
	buf_free(&ids);
	return more < 0 ? -1 : 0;
}
