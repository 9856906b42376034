/*
 * vaultctl: files.  Trusted with keys on their way to disk and secrets on their way from it:
 * everything passes through wiped buffers and without stdio.
 */
#include "client/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
read_all(int fd, const char *path, struct buf *out, struct error *err)
{
	const size_t step = 64 * 1024;
	ssize_t n;

	while ((n = read(fd, buf_reserve(out, step), step)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, "%s", path);
		out->len += (size_t)n;
		if (out->len > FILE_MOST)
			return error_set(
			    err, ERR_LIMIT, "%s: more than %d bytes", path, FILE_MOST);
	}
	return 0;
}

int
file_read(const char *path, struct buf *out, struct error *err)
{
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", out, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, "%s", path);
	rc = read_all(fd, path, out, err);
	close(fd);
	return rc;
}

static int
write_all(int fd, const char *path, struct str content, struct error *err)
{
	ssize_t n;

	while (content.len > 0) {
		n = write(fd, content.at, content.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, "%s", path);
		content = str_from(content, (size_t)n);
	}
	return fsync(fd) == 0 ? 0 : error_set_errno(err, "%s", path);
}

/* Give the finished file its name; link refuses one that exists, rename takes its place. */
static int
put_in_place(const char *made, const char *path, bool replace, struct error *err)
{
	if (replace)
		return rename(made, path) == 0 ? 0 : error_set_errno(err, "%s", path);
	if (link(made, path) == 0)
		return 0;
	if (errno == EEXIST)
		return error_set(err, ERR_CONFLICT, "%s exists and is left alone", path);
	return error_set_errno(err, "%s", path);
}

int
file_write(const char *path, struct str content, mode_t mode, bool replace, struct error *err)
{
	char made[4096];
	int fd, rc;

	if (snprintf(made, sizeof(made), "%s.%ld~", path, (long)getpid()) >= (int)sizeof(made))
		return error_set(err, ERR_INVALID, "the path of %.64s... is too long", path);
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return error_set_errno(err, "%s", made);
	rc = fchmod(fd, mode) == 0 ? write_all(fd, made, content, err)
				   : error_set_errno(err, "%s", made);
	close(fd);
	if (rc == 0)
		rc = put_in_place(made, path, replace, err);
	unlink(made);
	return rc;
}
