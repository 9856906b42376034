/*
 * The file of the audit: written at its end only, never shortened, opened anew when someone
 * moved or deleted it.
 */
#ifndef KEEPER_AUDIT_FILE_H
#define KEEPER_AUDIT_FILE_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "keys/digest.h"
#include "keys/trail.h"

struct audit_file {
	int dir; /* borrowed */
	char name[NAME_MAX + 1];
	int fd;
	pthread_mutex_t lock; /* fd and damage: the committing thread syncs */
	int damage;           /* errno of a failed sync: what is on disk is not known any more */
};

/* What stands behind the last line: a crash tore what was being written. */
struct audit_torn {
	uint64_t offset, length; /* length 0: nothing; a newline at the end is not counted */
	bool closed;             /* there was such a newline */
	bool whole;              /* only the newline is missing: it is a line */
	uint8_t sha256[DIGEST_SHA256];
};

/* Open name in dir, made with 0600 when new, and lock it.  -1 with ERR_IO. */
int audit_file_open(struct audit_file *f, int dir, const char *name, struct error *err);
void audit_file_close(struct audit_file *f);

/* Whether the name is no longer this file's: moved, deleted or replaced. */
bool audit_file_moved(const struct audit_file *f);
/*
 * Where the file ends: *at of its last line (zero when it has none), its size.  -1 with ERR_IO,
 * or ERR_CORRUPT when what stands there was never an audit's.
 */
int audit_file_tail(const struct audit_file *f, struct trail *at, struct audit_torn *torn,
    uint64_t *size, struct error *err);

/*
 * Open by name anew, and read its end; what was open is synced and closed.  -1: it stays open.
 */
int audit_file_reopen(
    struct audit_file *f, struct audit_torn *torn, uint64_t *size, struct error *err);

/* How many bytes it has; exactly len of them from an offset on.  -1 with ERR_IO. */
int audit_file_size(const struct audit_file *f, uint64_t *size, struct error *err);
int audit_file_read(
    const struct audit_file *f, uint64_t offset, void *to, size_t len, struct error *err);

/* The line numbered seq, or the last before it (zero when there is none); by bisection. */
int audit_file_find(
    const struct audit_file *f, uint64_t seq, struct trail *found, struct error *err);

/* Append; *written grows by what the file took, also when -1 says that this was not all. */
int audit_file_write(
    struct audit_file *f, struct str bytes, size_t *written, struct error *err);

/* fdatasync.  After the first failure nothing more is promised: always -1, ERR_IO.  Any thread. */
int audit_file_sync(struct audit_file *f, struct error *err);

#endif
