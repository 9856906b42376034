/*
 * A file that appears under its name whole, or not at all: while it is written it has no name
 * (O_TMPFILE), or where the file system knows no such thing one beside its own.
 */
#ifndef CLIENT_NEW_FILE_H
#define CLIENT_NEW_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct new_file;

/*
 * Begin a file of that mode.  Without replace one that exists is an error, now and when it is
 * kept.  path must live as long.  NULL with ERR_IO or ERR_CONFLICT naming it.
 */
struct new_file *new_file_begin(const char *path, mode_t mode, bool replace, struct error *err);
int new_file_fd(const struct new_file *n);

/* It is whole: write it through to the disk and give it its name.  0, or -1 as above. */
int new_file_keep(struct new_file **n, struct error *err);
/* Leave nothing of it.  *n may be NULL. */
void new_file_drop(struct new_file **n);

#endif
