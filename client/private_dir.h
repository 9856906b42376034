/*
 * A directory in memory for the time that a program runs.  One that exists, and is empty, gets
 * a tmpfs of its own over it, which only this process and its children see and which is gone
 * with the last of them.  One that does not is made (0700) where the file system is a tmpfs
 * already, and a process stands by that removes it when this one ends, however that comes.
 */
#ifndef CLIENT_PRIVATE_DIR_H
#define CLIENT_PRIVATE_DIR_H

#include <sys/types.h>

#include "base/error.h"
#include "base/json.h"

struct private_dir {
	const char *path;
	int fd;        /* of the directory; -1: there is none */
	int held;      /* the remover waits for the other end of this pipe to close; or -1 */
	pid_t remover; /* or 0 */
};

#define PRIVATE_DIR_INIT \
	{ \
		NULL, -1, -1, 0 \
	}

/* 0, or -1 with ERR_INVALID when the directory is on a disk or not empty, or ERR_IO. */
int private_dir_open(struct private_dir *d, const char *path, struct error *err);

/* Whether each field has a name that a file can have.  0, or -1 with ERR_INVALID. */
int private_dir_check(const struct json *fields, struct error *err);

/*
 * A file (0600) for each field, called as it is, replaced in one step where its content is
 * another; files of fields that are no more are removed.  0, or -1 as
 * private_dir_check, before anything is touched, or with ERR_IO.
 */
int private_dir_put(struct private_dir *d, const struct json *fields, struct error *err);

/* Remove it with what is in it. */
void private_dir_close(struct private_dir *d);

#endif
