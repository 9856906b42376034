/*
 * vaultctl: files that are whole when they are there.
 */
#include "client/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct new_file {
	const char *path;
	int fd;
	bool replace;
	bool named; /* it lies at made */
	char made[4096];
};

/* In the directory of path, without a name.  -1 where that is not known, or not allowed. */
static int
open_nameless(const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL   ? strdup(".")
		    : slash == path ? strdup("/")
				    : strndup(path, (size_t)(slash - path));
	int fd;

	if (dir == NULL)
		fatal("out of memory");
	fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	free(dir);
	return fd;
}

static int
open_new(struct new_file *n, mode_t mode, struct error *err)
{
	if (snprintf(n->made, sizeof(n->made), "%s.%ld~", n->path, (long)getpid()) >=
	    (int)sizeof(n->made))
		return error_set(err, ERR_INVALID, "the path of %.64s... is too long", n->path);
	n->fd = open_nameless(n->path, mode);
	if (n->fd < 0) {
		n->fd = open(n->made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		n->named = n->fd >= 0;
	}
	if (n->fd < 0 || fchmod(n->fd, mode) != 0)
		return error_set_errno(err, "%s", n->path);
	return 0;
}

static int
refuse_existing(const char *path, struct error *err)
{
	return error_set(err, ERR_CONFLICT, "%s exists and is left alone", path);
}

struct new_file *
new_file_begin(const char *path, mode_t mode, bool replace, struct error *err)
{
	struct new_file *n;

	if (!replace && access(path, F_OK) == 0) {
		refuse_existing(path, err);
		return NULL;
	}
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		fatal("out of memory");
	n->path = path;
	n->replace = replace;
	if (open_new(n, mode, err) != 0)
		new_file_drop(&n);
	return n;
}

int
new_file_fd(const struct new_file *n)
{
	return n->fd;
}

/* A name for the finished file; one that is taken is refused. */
static int
link_as(const struct new_file *n, const char *name)
{
	char at[64];

	if (n->named)
		return link(n->made, name);
	snprintf(at, sizeof(at), "/proc/self/fd/%d", n->fd);
	return linkat(AT_FDCWD, at, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* link refuses a file that exists, rename takes its place. */
static int
put_in_place(struct new_file *n, struct error *err)
{
	if (!n->replace) {
		if (link_as(n, n->path) == 0)
			return 0;
		return errno == EEXIST ? refuse_existing(n->path, err)
				       : error_set_errno(err, "%s", n->path);
	}
	if (!n->named && link_as(n, n->made) != 0)
		return error_set_errno(err, "%s", n->made);
	n->named = true;
	return rename(n->made, n->path) == 0 ? 0 : error_set_errno(err, "%s", n->path);
}

int
new_file_keep(struct new_file **n, struct error *err)
{
	int rc = fsync((*n)->fd) == 0 ? put_in_place(*n, err)
				      : error_set_errno(err, "%s", (*n)->path);

	new_file_drop(n);
	return rc;
}

void
new_file_drop(struct new_file **n)
{
	if (*n == NULL)
		return;
	if ((*n)->fd >= 0)
		close((*n)->fd);
	if ((*n)->named)
		unlink((*n)->made);
	free(*n);
	*n = NULL;
}
