/*
 * Reading and writing the store, in the keeper.  A stored value is its version (u64,
 * big-endian) and then the caller's bytes. Security: values and names come wrapped; nothing
 * here can open them.
 */
#include <stdint.h>
#include <string.h>

#include "vaultd/store/lmdb.h"

#define KEY_MAX 64
#define VERSION_LEN 8

static MDB_val
val_of(struct str s)
{
	return (MDB_val){s.len, (void *)(uintptr_t)s.at};
}

static struct str
str_of_val(const MDB_val *v)
{
	return (struct str){v->mv_data, v->mv_size};
}

static uint64_t
version_of(const MDB_val *stored)
{
	const uint8_t *b = stored->mv_data;
	uint64_t version = 0;

	for (unsigned i = 0; i < VERSION_LEN; i++)
		version = version << 8 | b[i];
	return version;
}

int
store_refresh(struct store *s, struct error *err)
{
	int rc;

	mdb_txn_reset(s->read);
	rc = mdb_txn_renew(s->read);
	return rc == 0 ? 0 : lmdb_refuse(err, "reading", rc);
}

/* A read that fails on checked pages means that memory or disk changed under us. */
static bool
found(int rc)
{
	if (rc != 0 && rc != MDB_NOTFOUND)
		fatal("reading the store: %s", mdb_strerror(rc));
	return rc == 0;
}

bool
store_get(struct store *s, enum store_space space, struct str key, struct str *value,
    uint64_t *version)
{
	MDB_val k = val_of(key), v;

	if (!found(mdb_get(s->read, s->dbi[space], &k, &v)))
		return false;
	*version = version_of(&v);
	*value = str_from(str_of_val(&v), VERSION_LEN);
	return true;
}

void
store_walk(struct store *s, enum store_space space, struct str prefix, struct str after,
    store_visit *each, void *arg)
{
	bool skip = after.len > 0 && str_compare(after, prefix) >= 0;
	struct str start = skip ? after : prefix, key;
	MDB_val k = val_of(start), v;
	MDB_cursor *cursor = NULL;
	bool more =
	    found(mdb_cursor_open(s->read, s->dbi[space], &cursor)) &&
	    found(mdb_cursor_get(cursor, &k, &v, start.len > 0 ? MDB_SET_RANGE : MDB_FIRST));

	while (more) {
		key = str_of_val(&k);
		if (key.len < prefix.len ||
		    (prefix.len > 0 && memcmp(key.at, prefix.at, prefix.len) != 0))
			break;
		if (!(skip && str_equal(key, after)) &&
		    !each(arg, key, str_from(str_of_val(&v), VERSION_LEN), version_of(&v)))
			break;
		more = found(mdb_cursor_get(cursor, &k, &v, MDB_NEXT));
	}
	mdb_cursor_close(cursor);
}

/* MDB_KEYEXIST stands for a version that was not met. */
static int
expect(struct store *s, MDB_txn *txn, const struct store_change *c, struct error *err)
{
	MDB_val k = val_of(c->key), v;
	uint64_t there = 0;
	int rc = mdb_get(txn, s->dbi[c->space], &k, &v);

	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	if (rc == 0)
		there = version_of(&v);
	if (there == c->expected)
		return 0;
	error_set(err, ERR_CONFLICT, "version %llu was expected, %llu is there",
	    (unsigned long long)c->expected, (unsigned long long)there);
	return MDB_KEYEXIST;
}

static int
apply(struct store *s, MDB_txn *txn, const struct store_change *c, struct error *err)
{
	MDB_val k = val_of(c->key), v = {c->value.len + VERSION_LEN, NULL};
	uint8_t *to;
	int rc = expect(s, txn, c, err);

	if (rc != 0)
		return rc;
	if (c->value.at == NULL)
		return c->expected == 0 ? 0 : mdb_del(txn, s->dbi[c->space], &k, NULL);
	rc = mdb_put(txn, s->dbi[c->space], &k, &v, MDB_RESERVE);
	if (rc != 0)
		return rc;
	to = v.mv_data;
	for (unsigned i = 0; i < VERSION_LEN; i++)
		to[i] = (uint8_t)(c->version >> (8 * (VERSION_LEN - 1 - i)));
	memcpy(to + VERSION_LEN, c->value.at, c->value.len);
	return 0;
}

/* Whether LMDB still works: not when it failed at a commit's last page (MDB_FATAL_ERROR). */
static bool
is_usable(struct store *s)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(s->env, NULL, 0, &txn);

	if (rc == 0)
		mdb_txn_abort(txn);
	return rc == 0;
}

int
store_commit(
    struct store *s, const struct store_change *changes, size_t count, struct error *err)
{
	struct error why = ERROR_INIT;
	MDB_txn *txn = NULL;
	int rc;

	if (s->failed)
		return error_set(err, ERR_IO, "the store failed and must be opened anew");
	rc = mdb_txn_begin(s->env, NULL, 0, &txn);
	for (size_t i = 0; i < count && rc == 0; i++) {
		if (changes[i].key.len == 0 || changes[i].key.len > KEY_MAX ||
		    (changes[i].value.at != NULL && changes[i].version == 0))
			fatal("a change for the store has no key, a long one, or no version");
		rc = apply(s, txn, &changes[i], &why);
	}
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	if (rc == 0)
		return 0;
	lmdb_refuse(&why, "writing to", rc);
	if (why.code == ERR_FULL && !is_usable(s))
		why.code = ERR_IO;
	s->failed = why.code != ERR_CONFLICT && why.code != ERR_FULL;
	return error_set(err, why.code, "%s", why.text);
}

void
store_usage(struct store *s, struct store_usage *u)
{
	MDB_dbi all[] = {
	    0, 1, s->dbi[STORE_META], s->dbi[STORE_RECORDS]}; /* 0: free, 1: main */
	MDB_envinfo info;
	MDB_stat st;

	*u = (struct store_usage){0};
	mdb_env_info(s->env, &info);
	u->map_bytes = info.me_mapsize;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		found(mdb_stat(s->read, all[i], &st));
		u->used_bytes +=
		    st.ms_psize *
		    (uint64_t)(st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages);
		if (i > 1)
			u->records += st.ms_entries;
	}
	u->file_bytes = (uint64_t)st.ms_psize * (info.me_last_pgno + 1);
	u->used_bytes += 2 * (uint64_t)st.ms_psize; /* the two meta pages */
}
