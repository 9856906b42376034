/*
 * vaultctl: the file that watch keeps.  Trusted with a secret on its way to a service: it has
 * its owner and mode before it has a byte, and a byte before it has a name.
 */
#include "client/kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "client/files.h"
#include "client/new_file.h"

#define NOBODY ((uid_t)-1)
#define NO_GROUP ((gid_t)-1)

/* ---- what a person says ---- */

static int
read_mode(const char *text, mode_t *mode, struct error *err)
{
	char *end;
	unsigned long value = strtoul(text, &end, 8);

	if (*text < '0' || *text > '7' || *end != '\0' || value > 0777)
		return error_set(err, ERR_INVALID, "-mode takes an octal mode, as 0640");
	*mode = (mode_t)value;
	return 0;
}

static bool
read_number(const char *text, unsigned *number)
{
	unsigned long long value;

	if (!str_to_u64(str_of(text), &value) || value >= UINT_MAX)
		return false;
	*number = (unsigned)value;
	return true;
}

static int
find_user(const char *name, uid_t *uid, struct error *err)
{
	const struct passwd *user;

	if (*name == '\0' || read_number(name, uid))
		return 0;
	if ((user = getpwnam(name)) == NULL)
		return error_set(err, ERR_INVALID, "-owner: there is no user %.64s", name);
	*uid = user->pw_uid;
	return 0;
}

static int
find_group(const char *name, gid_t *gid, struct error *err)
{
	const struct group *group;

	if (*name == '\0' || read_number(name, gid))
		return 0;
	if ((group = getgrnam(name)) == NULL)
		return error_set(err, ERR_INVALID, "-owner: there is no group %.64s", name);
	*gid = group->gr_gid;
	return 0;
}

static int
read_owner(struct kept_file *k, const char *text, struct error *err)
{
	const char *colon = strchr(text, ':');
	char *user = colon == NULL ? strdup(text) : strndup(text, (size_t)(colon - text));
	int rc;

	if (user == NULL)
		fatal("out of memory");
	rc = find_user(user, &k->owner, err);
	free(user);
	return rc == 0 && colon != NULL ? find_group(colon + 1, &k->group, err) : rc;
}

int
kept_file_read(struct kept_file *k, const char *path, const char *mode, const char *owner,
    struct error *err)
{
	*k = (struct kept_file){path, 0, NOBODY, NO_GROUP};
	if (read_mode(mode, &k->mode, err) != 0)
		return -1;
	return owner != NULL ? read_owner(k, owner, err) : 0;
}

/* ---- what is there ---- */

/* 1: a file, described in st; 0: nothing; -1: what is no file and stays. */
static int
look(const struct kept_file *k, struct stat *st, struct error *err)
{
	if (lstat(k->path, st) != 0)
		return errno == ENOENT ? 0 : error_set_errno(err, "%s", k->path);
	if (S_ISREG(st->st_mode))
		return 1;
	return error_set(err, ERR_INVALID, "%s is %s and is left alone; name a file", k->path,
	    S_ISLNK(st->st_mode)   ? "a symbolic link"
	    : S_ISDIR(st->st_mode) ? "a directory"
				   : "no file");
}

static bool
is_as_told(const struct kept_file *k, const struct stat *st)
{
	return (st->st_mode & 07777) == k->mode &&
	       (k->owner == NOBODY || st->st_uid == k->owner) &&
	       (k->group == NO_GROUP || st->st_gid == k->group);
}

/* One that cannot be read, or read whole, does not hold it. */
static bool
holds(const struct kept_file *k, struct str content)
{
	struct buf found = BUF_INIT;
	int fd = open(k->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool same;

	if (fd < 0)
		return false;
	same = file_fill(fd, k->path, &found, content.len + 1, NULL) == 0 &&
	       str_equal(buf_str(&found), content);
	close(fd);
	buf_free(&found);
	return same;
}

/* ---- putting it there ---- */

/* An empty file without the name, of the owner and mode that it will have. */
static struct new_file *
begin(const struct kept_file *k, struct error *err)
{
	struct new_file *n = new_file_begin(k->path, 0600, true, err);

	if (n == NULL)
		return NULL;
	if (fchown(new_file_fd(n), k->owner, k->group) == 0 &&
	    fchmod(new_file_fd(n), k->mode) == 0)
		return n;
	error_set_errno(err, "%s: its owner or mode", k->path);
	new_file_drop(&n);
	return NULL;
}

int
kept_file_check(const struct kept_file *k, struct error *err)
{
	struct new_file *n;
	struct stat st;

	if (look(k, &st, err) < 0 || (n = begin(k, err)) == NULL)
		return -1;
	new_file_drop(&n);
	return 0;
}

int
kept_file_put(const struct kept_file *k, struct str content, bool *changed, struct error *err)
{
	struct new_file *n;
	struct stat st;
	int there = look(k, &st, err);

	if (there < 0)
		return -1;
	*changed = there == 0 || !holds(k, content);
	if (!*changed && is_as_told(k, &st))
		return 0;
	if ((n = begin(k, err)) == NULL)
		return -1;
	if (file_put(new_file_fd(n), k->path, content, err) == 0)
		return new_file_keep(&n, err);
	new_file_drop(&n);
	return -1;
}
