/*
 * The lines of a file, one after the other, in memory that grows with the longest alone.
 */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct lines {
	int fd;
	const char *path; /* borrowed */
	char *data;
	size_t from, len, room, most;
	uint64_t offset; /* of the line that was read last, in the file */
	uint64_t next;   /* of the next */
};

/* most: bytes; a longer line comes in pieces of that length.  -1 with ERR_IO. */
int lines_open(struct lines *l, const char *path, size_t most, struct error *err);
void lines_close(struct lines *l);

/*
 * The next line, without its newline, valid until the next call; *whole: it had one.  1, 0 at
 * the end, -1 with ERR_IO.
 */
int lines_next(struct lines *l, struct str *line, bool *whole, struct error *err);

#endif
