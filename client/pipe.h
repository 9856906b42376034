/*
 * Where the bytes of a stream come from and where they go: the second argument and the flags
 * -out and -replace, or standard input and output.  On a terminal it shows how far it is.
 */
#ifndef CLIENT_PIPE_H
#define CLIENT_PIPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "client/command.h"
#include "client/progress.h"

struct new_file;

struct pipe {
	const char *from, *to; /* names, for errors */
	int in, out;
	struct new_file *made;    /* what out is; NULL: standard output */
	struct buf read, written; /* wiped */
	uint64_t done;            /* bytes that were read and dropped */
	struct progress bar;
};

/* 0, or -1 with ERR_IO or ERR_CONFLICT.  pipe_close either way. */
int pipe_open(struct pipe *p, const struct flags *f, struct error *err);

/* DONE: the output gets its name, or the outcome becomes FAILED; else nothing is left of it. */
enum outcome pipe_close(struct pipe *p, enum outcome outcome, struct error *err);

/* Have len bytes in p->read, or all that are left.  0 or -1. */
int pipe_fill(struct pipe *p, size_t len, struct error *err);

/* Drop bytes of p->read, which are done. */
void pipe_drop(struct pipe *p, size_t len);

/* Pass p->written on and clear it.  0 or -1. */
int pipe_put(struct pipe *p, struct error *err);

#endif
