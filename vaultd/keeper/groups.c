/*
 * Keeper: groups in the records.
 */
#include "vaultd/keeper/groups.h"

#include <string.h>

#include "vaultd/keeper/packed.h"

#define FORMAT 1
#define FLAG_EXTERNAL 1
#define FLAG_POLICIES 2
#define FLAG_METADATA 4
#define FLAG_ALIAS 8

void
group_free(struct group *g)
{
	buf_free(&g->bytes);
	memset(g, 0, sizeof(*g));
}

/* ---- records ---- */

static void
format(struct buf *out, const struct group *g)
{
	buf_put_u8(out, FORMAT);
	buf_put_u8(out, (uint8_t)((g->external ? FLAG_EXTERNAL : 0) |
	    (g->has_policies ? FLAG_POLICIES : 0) | (g->has_metadata ? FLAG_METADATA : 0) |
	    (g->has_alias ? FLAG_ALIAS : 0)));
	buf_put_block(out, g->id.at, g->id.len);
	buf_put_block(out, g->name.at, g->name.len);
	buf_put_u64(out, (uint64_t)g->created);
	buf_put_u64(out, (uint64_t)g->updated);
	buf_put_u64(out, g->modified);
	buf_put_block(out, g->policies.at, g->policies.len);
	buf_put_block(out, g->metadata.at, g->metadata.len);
	buf_put_block(out, g->entities.at, g->entities.len);
	buf_put_block(out, g->groups.at, g->groups.len);
	if (g->has_alias)
		alias_put(out, &g->alias);
}

static int
parse(struct group *g, struct error *err)
{
	struct reader in = reader_of(g->bytes.data, g->bytes.len);
	uint8_t format = reader_u8(&in), flags = reader_u8(&in);

	g->external = (flags & FLAG_EXTERNAL) != 0;
	g->has_policies = (flags & FLAG_POLICIES) != 0;
	g->has_metadata = (flags & FLAG_METADATA) != 0;
	g->has_alias = (flags & FLAG_ALIAS) != 0;
	g->id = reader_block(&in);
	g->name = reader_block(&in);
	g->created = (int64_t)reader_u64(&in);
	g->updated = (int64_t)reader_u64(&in);
	g->modified = reader_u64(&in);
	g->policies = reader_block(&in);
	g->metadata = reader_block(&in);
	g->entities = reader_block(&in);
	g->groups = reader_block(&in);
	if (g->has_alias)
		alias_read(&in, &g->alias);
	if (!reader_done(&in) || format != FORMAT)
		return error_set(err, ERR_CORRUPT, "the record of a group is malformed");
	return 0;
}

int
groups_by_id(const struct identities *s, struct str id, struct group *g, struct error *err)
{
	struct record_name n = identity_record(RECORD_GROUP, id);

	memset(g, 0, sizeof(*g));
	if (records_get(s->records, &n, &g->bytes, err) == 0 && parse(g, err) == 0)
		return 0;
	group_free(g);
	return -1;
}

static int
by_key(const struct identities *s, struct identity_key key, struct group *g, struct error *err)
{
	char id[UUID_TEXT];

	if (identity_find(s, key, id, err) != 0)
		return -1;
	return groups_by_id(s, str_of(id), g, err);
}

int
groups_by_name(const struct identities *s, struct str name, struct group *g, struct error *err)
{
	struct identity_key key = { INDEX_GROUP_NAME, { NULL, 0 }, name };

	return by_key(s, key, g, err);
}

int
groups_by_alias_id(const struct identities *s, struct str id, struct group *g,
    struct error *err)
{
	struct identity_key key = { INDEX_GROUP_ALIAS_ID, { NULL, 0 }, id };

	return by_key(s, key, g, err);
}

int
groups_by_alias(const struct identities *s, struct str accessor, struct str name,
    struct group *g, struct error *err)
{
	struct identity_key key = { INDEX_GROUP_ALIAS, accessor, name };

	return by_key(s, key, g, err);
}

/* ---- who holds whom ---- */

int
groups_holding(const struct identities *s, struct str id, struct buf *out, struct error *err)
{
	struct record_name n = identity_record(RECORD_HOLDERS, id);
	struct error why = ERROR_INIT;

	if (records_get(s->records, &n, out, &why) == 0 || why.code == ERR_NOT_FOUND)
		return 0;
	return error_set(err, why.code, "%s", why.text);
}

/*
 * Groups found on the way up; each is looked above of once.  New ones are put behind: the list is
 * no set.
 */
int
groups_above(const struct identities *s, struct str id, struct buf *found, struct error *err)
{
	size_t done = 0;
	int rc = groups_holding(s, id, found, err);

	while (rc == 0 && done < found->len) {
		struct str rest = str_from(buf_str(found), done), group, parent, parents;
		struct buf above = BUF_INIT;

		(void)packed_next(&rest, &group);
		done = found->len - rest.len;
		rc = groups_holding(s, group, &above, err);
		parents = buf_str(&above);
		while (rc == 0 && packed_next(&parents, &parent))
			if (!packed_has(buf_str(found), parent))
				buf_put_block(found, parent.at, parent.len);
		buf_free(&above);
	}
	return rc;
}

/* ---- changing ---- */

struct members {
	const struct identities *s;
	struct str group;
	struct error *err;
};

static bool
put_holders(const struct members *m, struct str member, bool with)
{
	struct record_name n = identity_record(RECORD_HOLDERS, member);
	struct buf was = BUF_INIT, is = BUF_INIT;
	bool good = groups_holding(m->s, member, &was, m->err) == 0;

	if (good)
		(with ? packed_with : packed_without)(buf_str(&was), m->group, &is);
	if (good && is.len > 0)
		records_put(m->s->records, &n, buf_str(&is));
	else if (good)
		records_delete(m->s->records, &n);
	buf_free(&was);
	buf_free(&is);
	return good;
}

static bool
join(void *arg, struct str member)
{
	return put_holders(arg, member, true);
}

static bool
leave(void *arg, struct str member)
{
	return put_holders(arg, member, false);
}

static void
unindex(const struct identities *s, const struct group *g)
{
	identity_unindex(s, (struct identity_key){ INDEX_GROUP_NAME, { NULL, 0 }, g->name });
	if (g->has_alias)
		alias_unindex(s, INDEX_GROUP_ALIAS_ID, &g->alias);
}

static void
put(const struct identities *s, const struct group *g)
{
	struct identity_key name = { INDEX_GROUP_NAME, { NULL, 0 }, g->name };
	struct record_name n = identity_record(RECORD_GROUP, g->id);
	struct buf text = BUF_INIT;

	format(&text, g);
	records_put(s->records, &n, buf_str(&text));
	buf_free(&text);
	identity_index(s, name, g->id);
	if (g->has_alias)
		alias_index(s, INDEX_GROUP_ALIAS_ID, &g->alias, g->id);
}

int
groups_replace(const struct identities *s, const struct group *old, const struct group *fresh,
    struct error *err)
{
	static const struct group nothing;
	const struct group *was = old != NULL ? old : &nothing, *is = fresh ? fresh : &nothing;
	struct members m = { s, old != NULL ? old->id : is->id, err };

	if (old != NULL)
		unindex(s, old);
	if (!packed_difference(was->entities, is->entities, leave, &m) ||
	    !packed_difference(was->groups, is->groups, leave, &m) ||
	    !packed_difference(is->entities, was->entities, join, &m) ||
	    !packed_difference(is->groups, was->groups, join, &m))
		return -1;
	if (fresh != NULL) {
		put(s, fresh);
	} else if (old != NULL) {
		struct record_name n = identity_record(RECORD_GROUP, old->id);

		records_delete(s->records, &n);
	}
	return 0;
}

/* The set with `by` (empty: nothing) in the place of id, if that is in it. */
static struct str
exchanged(struct str set, struct str id, struct str by, struct buf *without, struct buf *with)
{
	if (!packed_has(set, id))
		return set;
	packed_without(set, id, without);
	if (by.len == 0)
		return buf_str(without);
	packed_with(buf_str(without), by, with);
	return buf_str(with);
}

static int
exchange(const struct identities *s, struct str group, const struct exchange *x,
    struct error *err)
{
	struct buf entities[2] = { BUF_INIT, BUF_INIT }, groups[2] = { BUF_INIT, BUF_INIT };
	struct group old, fresh;
	int rc;

	if (groups_by_id(s, group, &old, err) != 0)
		return -1;
	fresh = old;
	fresh.entities = exchanged(old.entities, x->id, x->by, &entities[0], &entities[1]);
	fresh.groups = exchanged(old.groups, x->id, x->by, &groups[0], &groups[1]);
	fresh.updated = x->now;
	fresh.modified++;
	rc = groups_replace(s, &old, &fresh, err);
	for (unsigned i = 0; i < 2; i++) {
		buf_free(&entities[i]);
		buf_free(&groups[i]);
	}
	group_free(&old);
	return rc;
}

int
groups_exchange(const struct identities *s, const struct exchange *x, struct error *err)
{
	struct buf holding = BUF_INIT;
	int rc = groups_holding(s, x->id, &holding, err);
	struct str rest = buf_str(&holding), group;

	while (rc == 0 && packed_next(&rest, &group))
		rc = exchange(s, group, x, err);
	buf_free(&holding);
	return rc;
}

/* ---- all of them ---- */

struct listing {
	const struct identities *s;
	group_visit *each;
	void *arg;
	struct error *err;
	bool failed;
};

static bool
visit(void *arg, struct str id)
{
	struct listing *l = arg;
	struct group g;
	bool more;

	l->failed = groups_by_id(l->s, id, &g, l->err) != 0;
	if (l->failed)
		return false;
	more = l->each(l->arg, &g);
	group_free(&g);
	return more;
}

int
groups_list(const struct identities *s, struct str after, group_visit *each, void *arg,
    struct error *err)
{
	struct listing l = { s, each, arg, err, false };
	struct str root = { "", 0 };
	int rc = records_list(s->records, RECORD_GROUP, identity_mount, root, after, 0, visit, &l,
	    err);

	return rc != 0 || l.failed ? -1 : 0;
}
