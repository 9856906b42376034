/*
 * Verifying an audit: files in order, line by line, whatever their size.  What is wrong is
 * named where it is; then the line at hand is believed about its place, so that one fault is
 * not reported as many.
 */
#ifndef CLIENT_VERIFY_H
#define CLIENT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "keys/trail.h"

#define VERIFY_LINE_MOST (64 * 1024 * 1024) /* bytes of the longest line that can be one */

struct verify_want {
	bool pinned; /* only this key signs; else the first checkpoint's */
	uint8_t key[DIGEST_PUBLIC];
	bool noted; /* the log must come past this place, known from elsewhere */
	struct trail place;
};

/* What was found so far. */
struct verify_totals {
	uint64_t files, lines, faults;
	uint64_t torn; /* fragments that a crash left: named by the next line, or last */
	uint64_t checkpoints;
	struct trail first; /* what the first line goes on from */
	struct trail last;
	uint64_t bare; /* lines behind the last checkpoint that is right: not signed */
	struct trail_checkpoint signed_last;
	char signed_time[64];
};

struct verifier;

/* report: one sentence for each fault, and for a file that ends within a line; line: the
 * file's, from 1. */
typedef void verify_report(void *arg, const char *file, uint64_t line, const char *text);
struct verifier *verify_new(const struct verify_want *want, verify_report *report, void *arg);
void verify_free(struct verifier **v);

/* The next file.  0 whatever it holds, or -1 with ERR_IO when it cannot be read. */
int verify_file(struct verifier *v, const char *path, struct error *err);

/* No file follows.  True: no faults. */
bool verify_end(struct verifier *v);
const struct verify_totals *verify_totals(const struct verifier *v);

#endif
