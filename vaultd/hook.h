/*
 * Which file may be run as a hook, and how it is opened: by descriptor, so that what was checked
 * is what runs.
 */
#ifndef VAULTD_HOOK_H
#define VAULTD_HOOK_H

#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

#define HOOK_NAME_MAX 64

/* 0 when name may be that of a hook: letters, digits, '-', '_', '.', none of "." first. */
int hook_check_name(struct str name, struct error *err);

/*
 * The directory at path and every directory above it belong to root or to owner and nobody else
 * may write there (sticky ones like /tmp are refused too).  -1 with the path that is wrong.
 */
int hook_check_directory(const char *path, uid_t owner, struct error *err);

/*
 * Open the hook `name` in the directory dir: a plain file, of root or of owner, executable, that
 * nobody else may write; if it is a script, the same holds of its interpreter and of each
 * directory above that.  A descriptor (O_PATH), or -1 with what is wrong and the mend.
 */
int hook_open(int dir, struct str name, uid_t owner, struct error *err);

#endif
