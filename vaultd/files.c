/*
 * Main's dealings with the file system, before it gives up root and at each reload.
 * Security: the listener's key passes through here, in bufs that wipe themselves.
 */
#include "vaultd/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vaultd/ipc/message.h"
#include "vaultd/ipc/process.h"

#define FILE_MAX (4 * 1024 * 1024) /* bytes; four of them fit into START */

/* A file that the configuration names: where its path, where its content; what stands in it. */
static const struct {
	size_t path, content;
	const char *marker, *what;
} named[] = {
#define NAMED(member, content, marker, what) \
	{ \
		offsetof(struct config, listener.member), offsetof(struct files, content), \
		    marker, what \
	}
    NAMED(certificate, server_pem, "-----BEGIN CERTIFICATE-----", "certificate"),
    NAMED(key, server_key, "PRIVATE KEY-----", "private key"),
    NAMED(client_ca, ca_pem, "-----BEGIN CERTIFICATE-----", "certificate"),
    NAMED(crl, crl_pem, "-----BEGIN X509 CRL-----", "revocation list"),
};

static int
read_content(int fd, struct buf *to, const char *path, struct error *err)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "%s: not a file", path);
	do {
		n = read(fd, buf_reserve(to, 16384), 16384);
		if (n > 0)
			to->len += (size_t)n;
	} while ((n > 0 || (n < 0 && errno == EINTR)) && to->len <= FILE_MAX);
	if (n < 0)
		return error_set_errno(err, "%s", path);
	if (n > 0)
		return error_set(err, ERR_LIMIT, "%s: larger than %d bytes", path, FILE_MAX);
	return 0;
}

static int
read_file(const char *path, struct buf *to, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0)
		return error_set_errno(err, "%s", path);
	rc = read_content(fd, to, path, err);
	close(fd);
	return rc;
}

static int
read_named(struct files *f, struct error *err)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		const char *path = *(char **)((char *)f->config + named[i].path);
		struct buf *content = (struct buf *)((char *)f + named[i].content);

		if (path == NULL)
			continue;
		if (read_file(path, content, err) != 0)
			return -1;
		if (memmem(content->data, content->len, named[i].marker,
			strlen(named[i].marker)) == NULL)
			return error_set(err, ERR_INVALID, "%s: there is no PEM %s in it", path,
			    named[i].what);
	}
	return 0;
}

int
files_read(const char *path, struct files *f, struct error *err)
{
	memset(f, 0, sizeof(*f));
	if (read_file(path, &f->text, err) == 0 &&
	    (f->config = config_parse(buf_str(&f->text), path, err)) != NULL &&
	    read_named(f, err) == 0)
		return 0;
	files_clear(f);
	return -1;
}

void
files_clear(struct files *f)
{
	buf_free(&f->text);
	buf_free(&f->server_pem);
	buf_free(&f->server_key);
	buf_free(&f->ca_pem);
	buf_free(&f->crl_pem);
	config_free(&f->config);
}

void
files_put(
    const struct files *f, const char *path, bool development, unsigned gates, struct buf *out)
{
	const struct frame_start start = {
	    .config = buf_str(&f->text),
	    .config_path = str_of(path),
	    .server_pem = buf_str(&f->server_pem),
	    .server_key = buf_str(&f->server_key),
	    .ca_pem = buf_str(&f->ca_pem),
	    .crl_pem = buf_str(&f->crl_pem),
	    .development = development,
	    .gates = gates,
	};

	frame_put_start(out, &start);
}

/* Who will own the store; -1, -1: no change. */
struct owner {
	uid_t uid;
	gid_t gid;
};

/* Give a file to its owner, if root has it, it is a plain file and has no other name. */
static int
hand_over(int dir, const char *name, struct owner o)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = -1;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0)
		rc = st.st_uid == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1
			 ? fchownat(fd, "", o.uid, o.gid, AT_EMPTY_PATH)
			 : 0;
	close(fd);
	return rc;
}

/*
 * Open a directory, made for its owner when it is missing.  Who makes it for himself does not
 * ask: the filter of packaging/vaultd.service refuses every chown.
 */
static int
open_directory(const char *path, struct owner o, struct error *err)
{
	bool made = mkdir(path, 0700) == 0;
	int fd;

	if (!made && errno != EEXIST)
		return error_set_errno(err, "making the directory %s", path);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return error_set_errno(err, "%s", path);
	if (!made || o.uid == (uid_t)-1 || fchown(fd, o.uid, o.gid) == 0)
		return fd;
	error_set_errno(err, "giving %s to its user", path);
	close(fd);
	return -1;
}

/* The store's directory, when it is private, and its files. */
static int
hand_over_store(int dir, const char *path, struct owner o, struct error *err)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "unseal.key"};
	struct stat st;

	if (o.uid == (uid_t)-1)
		return 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (hand_over(dir, files[i], o) != 0 && errno != ENOENT)
			return error_set_errno(err, "giving %s/%s to its user", path, files[i]);
	if (fstat(dir, &st) == 0 && st.st_uid == 0 && (st.st_mode & 077) == 0 &&
	    fchown(dir, o.uid, o.gid) != 0)
		return error_set_errno(err, "giving %s to its user", path);
	return 0;
}

/*
 * The audit file, made when it is missing: who demoted may not, where root keeps the logs.  One
 * that is there is not opened: O_CREAT on another's file in a directory with the sticky bit,
 * which is how `vaultctl hublet create` makes it, is refused to root too (protected_regular in
 * proc_sys_fs(5), set by Debian).
 */
static int
hand_over_audit(int dir, const char *path, struct owner o, struct error *err)
{
	const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return error_set_errno(err, "%s", path);
	if (fd >= 0)
		close(fd);
	if (o.uid != (uid_t)-1 && hand_over(dir, name, o) != 0)
		return error_set_errno(err, "giving %s to its user", path);
	return 0;
}

int
files_open_directories(const struct config *c, struct directories *d, struct error *err)
{
	const char *slash = strrchr(c->audit.path, '/');
	char *parent = slash == NULL
			   ? strdup(".")
			   : strndup(c->audit.path,
				 slash == c->audit.path ? 1 : (size_t)(slash - c->audit.path));
	struct owner o = {(uid_t)-1, (gid_t)-1};

	if (parent == NULL)
		fatal("no memory for a path");
	d->audit = -1;
	if (geteuid() == 0 && process_find_user(c->user, &o.uid, &o.gid, err) != 0)
		goto out;
	if ((d->storage = open_directory(c->storage.path, o, err)) >= 0 &&
	    hand_over_store(d->storage, c->storage.path, o, err) == 0 &&
	    (d->audit = open_directory(parent, o, err)) >= 0 &&
	    hand_over_audit(d->audit, c->audit.path, o, err) != 0)
		d->audit = -1;
out:
	free(parent);
	return d->audit >= 0 ? 0 : -1;
}
