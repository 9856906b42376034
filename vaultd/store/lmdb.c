/*
 * The store on LMDB, in the keeper.  One directory holds data.mdb, LMDB's lock.mdb and our own
 * `lock`, which says which process has the store open.  A stored value is its version (u64,
 * big-endian) and then the caller's bytes.
 * Security: values and names come wrapped; nothing here can open them.  data.mdb may have been
 * edited by a thief of the disk, so its pages are checked before LMDB follows them.
 */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vaultd/store/pages.h"
#include "vaultd/store/store.h"

#define DATA "data.mdb"
#define COPY "data.new"
#define LOCK "lock"
#define MODE 0600
#define KEY_MAX 64
#define VERSION_LEN 8

static const char *const names[] = {[STORE_META] = "meta", [STORE_RECORDS] = "records"};
#define SPACES (sizeof names / sizeof names[0])

struct store {
	int dir; /* our own descriptors */
	int lock;
	uint64_t map_bytes;
	MDB_env *env;
	MDB_dbi dbi[SPACES];
	MDB_txn *read; /* the snapshot */
	bool failed;   /* a write went wrong in a way that leaves the file in doubt */
};

/* Say what LMDB refused; its codes are negative, those of the system positive. */
static int
refuse(struct error *err, const char *doing, int rc)
{
	static const struct {
		int rc;
		enum error_code code;
	} codes[] = {
	    {MDB_MAP_FULL, ERR_FULL},
	    {MDB_TXN_FULL, ERR_FULL},
	    {ENOSPC, ERR_FULL},
	    {EDQUOT, ERR_FULL},
	    {MDB_INVALID, ERR_CORRUPT},
	    {MDB_VERSION_MISMATCH, ERR_CORRUPT},
	    {MDB_CORRUPTED, ERR_CORRUPT},
	    {MDB_PAGE_NOTFOUND, ERR_CORRUPT},
	    {MDB_INCOMPATIBLE, ERR_CORRUPT},
	};
	enum error_code code = ERR_IO;

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].rc == rc)
			code = codes[i].code;
	return error_set(err, code, "%s the store: %s", doing, mdb_strerror(rc));
}

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

/* Take the directory for this process, or say which one has it. */
static int
lock(struct store *s, struct error *err)
{
	char pid[24] = "";
	unsigned long long other;
	ssize_t n;

	s->lock = openat(s->dir, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (s->lock < 0)
		return error_set_errno(err, "opening the store's file \"" LOCK "\"");
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0) {
		snprintf(pid, sizeof pid, "%ld", (long)getpid());
		if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, pid, strlen(pid), 0) < 0)
			return error_set_errno(err, "writing the store's file \"" LOCK "\"");
		return 0;
	}
	if (errno != EWOULDBLOCK)
		return error_set_errno(err, "locking the store");
	n = pread(s->lock, pid, sizeof pid, 0);
	if (n > 0 && str_to_u64((struct str){pid, (size_t)n}, &other))
		return error_set(err, ERR_FOREIGN, "process %llu has the store open", other);
	return error_set(err, ERR_FOREIGN, "another process has the store open");
}

/* Both databases, made when they are not there. */
static int
open_spaces(struct store *s)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(s->env, NULL, 0, &txn);

	for (size_t i = 0; i < SPACES && rc == 0; i++)
		rc = mdb_dbi_open(txn, names[i], MDB_CREATE, &s->dbi[i]);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* The data file's pages, before LMDB follows them.  No file yet is fine. */
static int
check(struct store *s, struct error *err)
{
	int fd = openat(s->dir, DATA, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set_errno(err, "opening the store's file \"" DATA "\"");
	rc = pages_check_file(fd, err);
	close(fd);
	return rc;
}

/*
 * LMDB opens by path only.  The descriptor's name under /proc needs no right to any parent of
 * the directory, and Landlock looks at the files that are opened, not at the way to them.
 */
static int
attach(struct store *s, struct error *err)
{
	char path[40];
	int dead, rc;

	snprintf(path, sizeof path, "/proc/self/fd/%d", s->dir);
	if ((rc = mdb_env_create(&s->env)) != 0 ||
	    (rc = mdb_env_set_maxdbs(s->env, SPACES)) != 0 ||
	    (rc = mdb_env_set_mapsize(s->env, s->map_bytes)) != 0 ||
	    (rc = mdb_env_open(s->env, path, MDB_NOTLS, MODE)) != 0 ||
	    (rc = mdb_reader_check(s->env, &dead)) != 0 || (rc = open_spaces(s)) != 0 ||
	    (rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->read)) != 0)
		return refuse(err, "opening", rc);
	if (fsync(s->dir) != 0)
		return error_set_errno(err, "syncing the store's directory");
	return 0;
}

static void
detach(struct store *s)
{
	mdb_txn_abort(s->read);
	s->read = NULL;
	if (s->env != NULL)
		mdb_env_close(s->env);
	s->env = NULL;
}

struct store *
store_open(int dir, uint64_t map_bytes, struct error *err)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		fatal("no memory for the store");
	s->lock = -1;
	s->map_bytes = map_bytes;
	s->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (s->dir < 0) {
		error_set_errno(err, "opening the store's directory");
		goto fail;
	}
	if (lock(s, err) != 0)
		goto fail;
	if (unlinkat(s->dir, COPY, 0) != 0 && errno != ENOENT) {
		error_set_errno(err, "removing an unfinished copy of the store");
		goto fail;
	}
	if (check(s, err) == 0 && attach(s, err) == 0)
		return s;
fail:
	store_close(&s);
	return NULL;
}

void
store_close(struct store **sp)
{
	struct store *s = *sp;

	if (s == NULL)
		return;
	detach(s);
	if (s->lock >= 0)
		close(s->lock);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
	*sp = NULL;
}

int
store_refresh(struct store *s, struct error *err)
{
	int rc;

	mdb_txn_reset(s->read);
	rc = mdb_txn_renew(s->read);
	return rc == 0 ? 0 : refuse(err, "reading", rc);
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
		if (key.len < prefix.len || memcmp(key.at, prefix.at, prefix.len) != 0)
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
	refuse(&why, "writing to", rc);
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
	u->used_bytes += 2 * (uint64_t)st.ms_psize; /* the two meta pages */
}

/* The compacted file, on the disk, beside the one in use. */
static int
copy(struct store *s, struct error *err)
{
	int fd =
	    openat(s->dir, COPY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
	int rc;

	if (fd < 0)
		return error_set_errno(err, "making a copy of the store");
	rc = mdb_env_copyfd2(s->env, fd, MDB_CP_COMPACT);
	if (rc != 0)
		refuse(err, "copying", rc);
	else if ((rc = fsync(fd)) != 0)
		error_set_errno(err, "syncing the copy of the store");
	close(fd);
	if (rc != 0)
		unlinkat(s->dir, COPY, 0);
	return rc == 0 ? 0 : -1;
}

int
store_compact(struct store *s, struct error *err)
{
	if (s->failed)
		return error_set(err, ERR_IO, "the store failed and must be opened anew");
	if (copy(s, err) != 0)
		return -1;
	detach(s);
	s->failed = true;
	if (renameat(s->dir, COPY, s->dir, DATA) != 0)
		return error_set_errno(err, "putting the copy in the place of the store");
	if (attach(s, err) != 0)
		return -1;
	s->failed = false;
	return 0;
}
