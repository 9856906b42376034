/*
 * vaultctl: files in memory.  Trusted with the values of secrets; nothing of them reaches a
 * disk.
 */
#include "client/private_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/kept_file.h"
#include "client/template.h"

#define SIZE "16m" /* of the tmpfs, at most */

/* ---- what is in it ---- */

/* Remove the entries that no field is called as (fields NULL: all). */
static void
remove_others(int dir, const struct json *fields)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (d == NULL)
		return;
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    json_find(fields, e->d_name) == NULL)
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	unsigned entries = 0;

	if (d == NULL)
		return false;
	while (readdir(d) != NULL)
		entries++;
	closedir(d);
	return entries == 2;
}

/* ---- over one that exists ---- */

static int
mount_over(const char *path, struct error *err)
{
	if (!is_empty(path))
		return error_set(
		    err, ERR_INVALID, "%s is not an empty directory and is left alone", path);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0 ||
	    mount("vaultctl", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		"mode=0700,size=" SIZE) != 0)
		return error_set_errno(err,
		    "%s: a tmpfs over it needs root; name a directory that does not exist yet, "
		    "in "
		    "/dev/shm or $XDG_RUNTIME_DIR",
		    path);
	return 0;
}

/* ---- one of our own ---- */

static int
check_in_memory(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	struct statfs fs;

	snprintf(parent, sizeof(parent), "%.*s", slash != NULL ? (int)(slash - path + 1) : 1,
	    slash != NULL ? path : ".");
	if (statfs(parent, &fs) != 0)
		return error_set_errno(err, "%s", parent);
	if (fs.f_type != TMPFS_MAGIC)
		return error_set(err, ERR_INVALID,
		    "%s would be on a disk; name a directory in /dev/shm or $XDG_RUNTIME_DIR, "
		    "or, "
		    "as root, an empty one that exists",
		    path);
	return 0;
}

/* The remover: no signal ends it, and it holds nothing but the directory. */
static void
remove_when_closed(const struct private_dir *d, int pipe)
{
	sigset_t all;
	char byte;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setpgid(0, 0);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	remove_others(d->fd, NULL);
	rmdir(d->path);
	_exit(0);
}

static int
start_remover(struct private_dir *d, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0 || (d->remover = fork()) < 0)
		return error_set_errno(err, "%s", d->path);
	if (d->remover == 0) {
		close(ends[1]);
		remove_when_closed(d, ends[0]);
	}
	close(ends[0]);
	d->held = ends[1];
	return 0;
}

static int
make(struct private_dir *d, struct error *err)
{
	if (check_in_memory(d->path, err) != 0)
		return -1;
	return mkdir(d->path, 0700) == 0 ? 0 : error_set_errno(err, "%s", d->path);
}

int
private_dir_open(struct private_dir *d, const char *path, struct error *err)
{
	bool exists = access(path, F_OK) == 0;

	*d = (struct private_dir)PRIVATE_DIR_INIT;
	d->path = path;
	if ((exists ? mount_over(path, err) : make(d, err)) != 0)
		return -1;
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0)
		return error_set_errno(err, "%s", path);
	return exists ? 0 : start_remover(d, err);
}

void
private_dir_close(struct private_dir *d)
{
	if (d->fd < 0)
		return;
	if (d->remover > 0) {
		close(d->held);
		waitpid(d->remover, NULL, 0);
	} else {
		remove_others(d->fd, NULL);
	}
	close(d->fd);
	*d = (struct private_dir)PRIVATE_DIR_INIT;
}

/* ---- fields as files ---- */

static int
check_name(struct str name, struct error *err)
{
	if (name.len > 0 && name.len <= NAME_MAX && name.at[0] != '.' &&
	    memchr(name.at, '/', name.len) == NULL && memchr(name.at, '\0', name.len) == NULL)
		return 0;
	return error_set(err, ERR_INVALID,
	    "a field is called what no file is here: not empty, no '.' in front, no '/'");
}

static int
put_field(const struct private_dir *d, const struct json *field, struct error *err)
{
	struct buf path = BUF_INIT, content = BUF_INIT;
	struct kept_file file;
	bool changed;
	int rc;

	buf_printf(&path, "%s/%.*s", d->path, STR(field->name));
	buf_put_u8(&path, '\0');
	template_put_field(&content, field);
	rc = kept_file_read(&file, (const char *)path.data, "0600", NULL, err);
	if (rc == 0)
		rc = kept_file_put(&file, buf_str(&content), &changed, err);
	buf_free(&content);
	buf_free(&path);
	return rc;
}

int
private_dir_check(const struct json *fields, struct error *err)
{
	for (const struct json *f = fields->first; f != NULL; f = f->next)
		if (check_name(f->name, err) != 0)
			return -1;
	return 0;
}

int
private_dir_put(struct private_dir *d, const struct json *fields, struct error *err)
{
	if (private_dir_check(fields, err) != 0)
		return -1;
	for (const struct json *f = fields->first; f != NULL; f = f->next)
		if (put_field(d, f, err) != 0)
			return -1;
	remove_others(d->fd, fields);
	return 0;
}
