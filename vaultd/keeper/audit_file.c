/*
 * Keeper: the file of the audit.  Trusted never to take a byte of it back.
 */
#include "vaultd/keeper/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/lock.h"

#define CHUNK (64 * 1024)
#define TORN_MOST (64u * 1024 * 1024)

static int
open_name(const struct audit_file *f, struct error *err)
{
	int fd = openat(f->dir, f->name,
	    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

	if (fd < 0)
		return error_set_errno(err,
		    "audit file %s: the vault's user must be let into its "
		    "directory and own it",
		    f->name);
	if (!lock_take(fd)) {
		error_set_errno(err, "audit file %s: another vaultd writes it", f->name);
		close(fd);
		return -1;
	}
	return fd;
}

int
audit_file_open(struct audit_file *f, int dir, const char *name, struct error *err)
{
	memset(f, 0, sizeof(*f));
	if (strlen(name) >= sizeof(f->name))
		return error_set(err, ERR_INVALID, "audit: the file's name is too long");
	strcpy(f->name, name);
	f->dir = dir;
	f->fd = open_name(f, err);
	if (f->fd < 0)
		return -1;
	pthread_mutex_init(&f->lock, NULL);
	return 0;
}

void
audit_file_close(struct audit_file *f)
{
	close(f->fd);
	pthread_mutex_destroy(&f->lock);
}

bool
audit_file_moved(const struct audit_file *f)
{
	struct stat open, named;

	return fstat(f->fd, &open) != 0 ||
	       fstatat(f->dir, f->name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
	       open.st_ino != named.st_ino || open.st_dev != named.st_dev;
}

/* With the lock held.  A full disk is no exception: the pages are lost as with any error. */
static int
sync_locked(struct audit_file *f, struct error *err)
{
	if (f->damage == 0 && fdatasync(f->fd) != 0)
		f->damage = errno;
	if (f->damage == 0)
		return 0;
	return error_set(err, ERR_IO,
	    "audit file %s: a sync has failed (%s), what is on disk is not known: restart vaultd "
	    "when the disk is sound",
	    f->name, strerror(f->damage));
}

int
audit_file_sync(struct audit_file *f, struct error *err)
{
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = sync_locked(f, err);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int
audit_file_write(struct audit_file *f, struct str bytes, size_t *written, struct error *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(f->fd, bytes.at, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set_errno(err, "audit file %s: write", f->name);
		*written += (size_t)n;
		bytes = str_from(bytes, (size_t)n);
	}
	return 0;
}

/* ---- reading back ---- */

int
audit_file_read(const struct audit_file *f, uint64_t offset, void *to, size_t len, struct error *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(f->fd, (char *)to + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, "audit file %s: read", f->name);
		if (n == 0)
			return error_set(err, ERR_IO, "audit file %s became shorter", f->name);
		done += (size_t)n;
	}
	return 0;
}

int
audit_file_size(const struct audit_file *f, uint64_t *size, struct error *err)
{
	struct stat st;

	if (fstat(f->fd, &st) != 0)
		return error_set_errno(err, "audit file %s", f->name);
	*size = (uint64_t)st.st_size;
	return 0;
}

/* The offset behind the last newline before `end`; 0 when there is none. */
static int
line_end(const struct audit_file *f, uint64_t end, uint64_t *found, struct error *err)
{
	char chunk[CHUNK];

	while (end > 0) {
		size_t len = end < CHUNK ? (size_t)end : CHUNK;
		const char *newline;

		if (audit_file_read(f, end - len, chunk, len, err) != 0)
			return -1;
		newline = memrchr(chunk, '\n', len);
		end -= len;
		if (newline != NULL) {
			*found = end + (size_t)(newline - chunk) + 1;
			return 0;
		}
	}
	*found = 0;
	return 0;
}

/* What the line says whose newline is the last byte before `end`.  1: no line of an audit. */
static int
read_place(const struct audit_file *f, uint64_t end, struct trail *at, struct error *err)
{
	char text[TRAIL_END];
	size_t len = end - 1 < TRAIL_END ? (size_t)(end - 1) : TRAIL_END;

	if (audit_file_read(f, end - 1 - len, text, len, err) != 0)
		return -1;
	return trail_read((struct str){text, len}, at, NULL) ? 0 : 1;
}

/*
 * The last line of an audit whose newline lies before `end`: its place, and where it ends (0:
 * there is none).  Torn lines are stepped over.
 */
static int
place_before(const struct audit_file *f, uint64_t end, uint64_t *line, struct trail *at,
    struct error *err)
{
	int rc = 1;

	*line = end;
	while (rc > 0) {
		if (line_end(f, *line, line, err) != 0)
			return -1;
		if (*line == 0) {
			memset(at, 0, sizeof(*at));
			return 0;
		}
		rc = read_place(f, *line, at, err);
		*line -= rc > 0;
	}
	return rc;
}

/*
 * Nothing but what a write left that did not come to its end: in a file without any line that
 * is one fragment.  1: it is something else.
 */
static int
check_torn(struct audit_torn *torn, struct str bytes, struct trail *at)
{
	struct trail last;

	torn->closed = str_ends(bytes, "\n");
	bytes.len -= torn->closed;
	torn->length = bytes.len;
	torn->whole = !torn->closed && trail_read(bytes, &last, NULL);
	if (torn->whole)
		*at = last;
	digest_sha256(bytes.at, bytes.len, torn->sha256);
	return torn->offset == 0 && (torn->closed || memchr(bytes.at, '\n', bytes.len) != NULL);
}

static int
read_torn(const struct audit_file *f, struct audit_torn *torn, uint64_t size, struct trail *at,
    struct error *err)
{
	struct buf bytes = BUF_INIT;
	size_t len = (size_t)(size - torn->offset);
	int rc;

	if (len == 0)
		return 0;
	if (len > TORN_MOST)
		return 1;
	rc = audit_file_read(f, torn->offset, buf_reserve(&bytes, len), len, err);
	bytes.len = len;
	if (rc == 0)
		rc = check_torn(torn, buf_str(&bytes), at);
	buf_free(&bytes);
	return rc;
}

int
audit_file_tail(const struct audit_file *f, struct trail *at, struct audit_torn *torn,
    uint64_t *size, struct error *err)
{
	struct stat st;
	int rc;

	memset(torn, 0, sizeof(*torn));
	if (fstat(f->fd, &st) != 0)
		return error_set_errno(err, "audit file %s", f->name);
	*size = (uint64_t)st.st_size;
	if (place_before(f, *size, &torn->offset, at, err) != 0)
		return -1;
	rc = read_torn(f, torn, *size, at, err);
	if (rc > 0)
		return error_set(err, ERR_CORRUPT,
		    "audit file %s does not end in lines of an "
		    "audit: move the file away, a new one will be begun",
		    f->name);
	return rc;
}

int
audit_file_find(
    const struct audit_file *f, uint64_t seq, struct trail *found, struct error *err)
{
	struct trail at;
	uint64_t low = 0, high = 0, line;

	memset(found, 0, sizeof(*found));
	if (audit_file_size(f, &high, err) != 0)
		return -1;
	/* A line that ends at or before low has a number up to seq; none behind high has. */
	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;

		if (place_before(f, middle, &line, &at, err) != 0)
			return -1;
		if (line > low && at.seq > seq) {
			high = line - 1;
			continue;
		}
		if (line > low)
			*found = at;
		low = middle;
	}
	return 0;
}

/* ---- a new one ---- */

int
audit_file_reopen(
    struct audit_file *f, struct audit_torn *torn, uint64_t *size, struct error *err)
{
	int fd = open_name(f, err), old = f->fd, rc;
	struct trail other;

	if (fd < 0)
		return -1;
	pthread_mutex_lock(&f->lock);
	rc = sync_locked(f, err);
	f->fd = fd;
	if (rc == 0)
		rc = audit_file_tail(f, &other, torn, size, err);
	f->fd = rc == 0 ? fd : old;
	close(rc == 0 ? old : fd);
	pthread_mutex_unlock(&f->lock);
	return rc;
}
