/*
 * The store's files, in the keeper: opened, locked, compacted.  One directory holds data.mdb,
 * LMDB's lock.mdb and our own `lock`, which says which process has the store open.
 * Security: data.mdb may have been edited by a thief of the disk, so its pages are checked
 * before LMDB follows them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "base/lock.h"
#include "vaultd/store/lmdb.h"
#include "vaultd/store/pages.h"

#define DATA "data.mdb"
#define COPY "data.new"
#define LOCK "lock"
#define MODE 0600

static const char *const names[STORE_SPACES] = {
    [STORE_META] = "meta", [STORE_RECORDS] = "records"};

int
lmdb_refuse(struct error *err, const char *doing, int rc)
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
	if (lock_take(s->lock)) {
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

	for (size_t i = 0; i < STORE_SPACES && rc == 0; i++)
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
	    (rc = mdb_env_set_maxdbs(s->env, STORE_SPACES)) != 0 ||
	    (rc = mdb_env_set_mapsize(s->env, s->map_bytes)) != 0 ||
	    (rc = mdb_env_open(s->env, path, MDB_NOTLS, MODE)) != 0 ||
	    (rc = mdb_reader_check(s->env, &dead)) != 0 || (rc = open_spaces(s)) != 0 ||
	    (rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->read)) != 0)
		return lmdb_refuse(err, "opening", rc);
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
store_copy(struct store *s, struct error *err)
{
	int fd, rc;

	if (s->failed)
		return error_set(err, ERR_IO, "the store failed and must be opened anew");
	fd = openat(s->dir, COPY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (fd < 0)
		return error_set_errno(err, "making a copy of the store");
	rc = mdb_env_copyfd2(s->env, fd, MDB_CP_COMPACT);
	if (rc != 0)
		lmdb_refuse(err, "copying", rc);
	else if ((rc = fsync(fd)) != 0)
		error_set_errno(err, "syncing the copy of the store");
	close(fd);
	if (rc != 0)
		unlinkat(s->dir, COPY, 0);
	return rc == 0 ? 0 : -1;
}

int
store_swap(struct store *s, struct error *err)
{
	detach(s);
	s->failed = true;
	if (renameat(s->dir, COPY, s->dir, DATA) != 0)
		return error_set_errno(err, "putting the copy in the place of the store");
	if (attach(s, err) != 0)
		return -1;
	s->failed = false;
	return 0;
}
