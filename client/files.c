/*
 * vaultctl: files.  Trusted with keys on their way to disk and secrets on their way from it:
 * everything passes through wiped buffers and without stdio.
 */
#include "client/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/new_file.h"

int
file_fill(int fd, const char *name, struct buf *out, size_t len, struct error *err)
{
	ssize_t n = 1;

	while (out->len < len && n != 0) {
		n = read(fd, buf_reserve(out, len - out->len), len - out->len);
		if (n < 0 && errno != EINTR)
			return error_set_errno(err, "%s", name);
		out->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
read_all(int fd, const char *name, struct buf *out, struct error *err)
{
	const size_t step = 64 * 1024, start = out->len;
	size_t before;

	do {
		before = out->len;
		if (file_fill(fd, name, out, before + step, err) != 0)
			return -1;
		if (out->len - start > FILE_MOST)
			return error_set(
			    err, ERR_LIMIT, "%s: more than %d bytes", name, FILE_MOST);
	} while (out->len == before + step);
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

int
file_put(int fd, const char *name, struct str bytes, struct error *err)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = write(fd, bytes.at, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, "%s", name);
		bytes = str_from(bytes, (size_t)n);
	}
	return 0;
}

int
file_write(const char *path, struct str content, mode_t mode, bool replace, struct error *err)
{
	struct new_file *n = new_file_begin(path, mode, replace, err);

	if (n == NULL)
		return -1;
	if (file_put(new_file_fd(n), path, content, err) == 0)
		return new_file_keep(&n, err);
	new_file_drop(&n);
	return -1;
}
