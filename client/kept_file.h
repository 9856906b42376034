/*
 * A file that is kept at what a secret says: put in place whole, with its owner and mode, and
 * only when it differs from what is there.
 */
#ifndef CLIENT_KEPT_FILE_H
#define CLIENT_KEPT_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

struct kept_file {
	const char *path;
	mode_t mode;
	uid_t owner; /* (uid_t)-1: whoever runs this */
	gid_t group;
};

/*
 * Read the words of a person: mode in octal, owner as "user", "user:group" or ":group", names
 * or numbers (NULL: left as they come).  0, or -1 with ERR_INVALID naming what is unknown.
 */
int kept_file_read(struct kept_file *k, const char *path, const char *mode, const char *owner,
    struct error *err);

/*
 * Whether the file could be put there now: -1 with ERR_INVALID when the path is a symbolic
 * link, a directory or no file, ERR_IO when its directory or owner is refused.  Nothing
 * changes.
 */
int kept_file_check(const struct kept_file *k, struct error *err);

/*
 * Have the file hold content, with owner and mode, through to the disk.  *changed: it held
 * something else, or was not there.  0, or -1 as kept_file_check, with the old file untouched.
 */
int kept_file_put(
    const struct kept_file *k, struct str content, bool *changed, struct error *err);

#endif
