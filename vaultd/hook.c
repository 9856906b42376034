/*
 * Which files are hooks.  Who can write a hook can act as the vault at its providers:
 * only root can, and on a development machine the user that vaultd runs as.
 */
#include "vaultd/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS (S_IWGRP | S_IWOTH)

int
hook_check_name(struct str name, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	if (name.len == 0 || name.len > HOOK_NAME_MAX || name.at[0] == '.')
		return error_set(err, ERR_INVALID,
		    "a hook is named by 1 to %d characters, the first of them not '.'",
		    HOOK_NAME_MAX);
	for (size_t i = 0; i < name.len; i++)
		if (memchr(allowed, name.at[i], sizeof(allowed) - 1) == NULL)
			return error_set(err, ERR_INVALID,
			    "a hook's name has only letters, digits, '-', '_' and '.'");
	return 0;
}

static bool
is_owned(const struct stat *st, uid_t owner)
{
	return (st->st_uid == 0 || st->st_uid == owner) && (st->st_mode & OTHERS) == 0;
}

static int
refuse(const char *path, struct error *err)
{
	return error_set(err, ERR_DENIED,
	    "%s can be changed by others than root: run `chown root %s` and `chmod go-w %s`", path,
	    path, path);
}

int
hook_check_directory(const char *path, uid_t owner, struct error *err)
{
	char real[PATH_MAX], *slash;
	struct stat st;

	if (realpath(path, real) == NULL)
		return error_set_errno(err, "%s", path);
	for (;;) {
		if (stat(real, &st) != 0)
			return error_set_errno(err, "%s", real);
		if (!S_ISDIR(st.st_mode))
			return error_set(err, ERR_INVALID, "%s is no directory", real);
		if (!is_owned(&st, owner))
			return refuse(real, err);
		if (strcmp(real, "/") == 0)
			return 0;
		slash = strrchr(real, '/');
		slash[slash == real ? 1 : 0] = '\0';
	}
}

static int
check_file(const char *what, const struct stat *st, uid_t owner, struct error *err)
{
	if (!S_ISREG(st->st_mode))
		return error_set(err, ERR_DENIED, "%s is no plain file", what);
	if (!is_owned(st, owner))
		return refuse(what, err);
	if ((st->st_mode & S_IXUSR) == 0)
		return error_set(
		    err, ERR_DENIED, "%s is not executable: run `chmod 755 %s`", what, what);
	return 0;
}

/* The program that a script names, and all above it. */
static int
check_interpreter(char *line, uid_t owner, struct error *err)
{
	char real[PATH_MAX], *program = line + 2 + strspn(line + 2, " \t");
	struct stat st;

	program[strcspn(program, " \t\r\n")] = '\0';
	if (program[0] != '/')
		return error_set(err, ERR_DENIED, "its interpreter is not an absolute path");
	if (realpath(program, real) == NULL || stat(real, &st) != 0)
		return error_set_errno(err, "its interpreter %s", program);
	if (check_file(real, &st, owner, err) != 0)
		return -1;
	*strrchr(real, '/') = '\0';
	return hook_check_directory(real[0] == '\0' ? "/" : real, owner, err);
}

/* The name as a terminated text, with the directory's check of all that reads it. */
static int
check_script(int dir, const char *name, uid_t owner, struct error *err)
{
	char line[PATH_MAX + 64] = "";
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return error_set_errno(err, "%s: the hooks' user must be able to read it", name);
	got = pread(fd, line, sizeof(line) - 1, 0);
	close(fd);
	if (got < 0)
		return error_set_errno(err, "%s", name);
	return strncmp(line, "#!", 2) == 0 ? check_interpreter(line, owner, err) : 0;
}

int
hook_open(int dir, struct str hook, uid_t owner, struct error *err)
{
	char name[HOOK_NAME_MAX + 1];
	struct stat st;
	int fd;

	if (hook_check_name(hook, err) != 0)
		return -1;
	memcpy(name, hook.at, hook.len);
	name[hook.len] = '\0';
	if ((fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return errno == ENOENT ? error_set(err, ERR_NOT_FOUND,
					     "there is no hook \"%s\" in the hooks' directory",
					     name)
				       : error_set_errno(err, "hook \"%s\"", name);
	if (fstat(fd, &st) == 0 && check_file(name, &st, owner, err) == 0 &&
	    check_script(dir, name, owner, err) == 0)
		return fd;
	error_prefix(err, "hook \"%s\": ", name);
	close(fd);
	return -1;
}
