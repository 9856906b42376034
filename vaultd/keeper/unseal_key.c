/*
 * Keeper: the file of the unseal key.  Trusted with its private half on the way to disk and
 * back: it passes through bufs that wipe themselves.
 */
#include "vaultd/keeper/unseal_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "keys/sharebox.h"

#define NAME "unseal.key"
#define NEW NAME ".new"
#define MAGIC "vaultd unseal key 1\n" /* then the private half */
#define LENGTH (sizeof(MAGIC) - 1 + SHAREBOX_KEY)

/* A regular file takes so few bytes at once, or the disk is full. */
static bool
write_file(int fd, struct str content)
{
	ssize_t n = write(fd, content.at, content.len);

	if (n >= 0 && (size_t)n < content.len)
		errno = ENOSPC;
	return n == (ssize_t)content.len && fsync(fd) == 0;
}

static int
write_new(int dir, struct str content, struct error *err)
{
	int fd, rc = 0;

	if (unlinkat(dir, NEW, 0) != 0 && errno != ENOENT)
		return error_set_errno(err, "removing the store's file \"" NEW "\"");
	fd = openat(dir, NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set_errno(err, "making the store's file \"" NEW "\"");
	if (!write_file(fd, content))
		rc = error_set_errno(err, "writing the store's file \"" NEW "\"");
	close(fd);
	if (rc == 0 && (renameat(dir, NEW, dir, NAME) != 0 || fsync(dir) != 0))
		rc = error_set_errno(err, "keeping the store's file \"" NAME "\"");
	return rc;
}

struct secret *
unseal_key_make(int dir, struct error *err)
{
	struct secret *key = sharebox_new();
	struct buf content = BUF_INIT;

	buf_put_text(&content, MAGIC);
	sharebox_put(key, &content);
	if (write_new(dir, buf_str(&content), err) != 0)
		secret_free(&key);
	buf_free(&content);
	return key;
}

static struct secret *
parse(struct buf *content, struct error *err)
{
	if (content->len == LENGTH && str_starts(buf_str(content), MAGIC))
		return secret_take(content->data + LENGTH - SHAREBOX_KEY, SHAREBOX_KEY);
	error_set(err, ERR_CORRUPT, "the store's file \"" NAME "\" is not one of vaultd");
	return NULL;
}

struct secret *
unseal_key_read(int dir, struct error *err)
{
	int fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct secret *key = NULL;
	struct buf content = BUF_INIT;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		error_set(err, ERR_NOT_FOUND, "the store has no file \"" NAME "\"");
	else if (fd < 0)
		error_set_errno(err, "opening the store's file \"" NAME "\"");
	if (fd < 0)
		return NULL;
	n = read(fd, buf_reserve(&content, LENGTH + 1), LENGTH + 1);
	if (n < 0) {
		error_set_errno(err, "reading the store's file \"" NAME "\"");
	} else {
		content.len = (size_t)n;
		key = parse(&content, err);
	}
	close(fd);
	buf_free(&content);
	return key;
}
