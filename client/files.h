/*
 * Files, read into buffers that wipe themselves and written so that no reader ever sees half of
 * one.  name stands for the file in errors.
 */
#ifndef CLIENT_FILES_H
#define CLIENT_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#define FILE_MOST (8 * 1024 * 1024) /* bytes that are read of any file at once */

/* Append the file; "-" is standard input.  0, or -1 with ERR_IO or ERR_LIMIT naming the path.
 */
int file_read(const char *path, struct buf *out, struct error *err);

/*
 * Write a file with that mode (new_file.h).  Without replace an existing file is an error.  0,
 * or -1 with ERR_IO or ERR_CONFLICT naming the path.
 */
int file_write(
    const char *path, struct str content, mode_t mode, bool replace, struct error *err);

/* Append bytes of an open file until out holds len of them or the file ends.  0 or -1. */
int file_fill(int fd, const char *name, struct buf *out, size_t len, struct error *err);

/* Write all bytes to an open file.  0 or -1. */
int file_put(int fd, const char *name, struct str bytes, struct error *err);

#endif
