/*
 * The one canonicaliser: a request's method and raw target become an operation, a path and
 * query members, once, before any rule is matched.
 */
#ifndef KEEPER_TARGET_H
#define KEEPER_TARGET_H

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "vaultd/ipc/message.h"
#include "vaultd/keeper/call.h"

struct target {
	enum operation operation;
	struct str path;   /* decoded, without "/v1/", no leading '/'; a list's ends in "/" */
	struct json *query; /* an object: every member but list, scan and help, as strings */
};

/*
 * Read method and target into the arena.  0, or -1 with the status of the refusal and its text
 * ("": an empty list of errors):
 *   404 ""  outside /v1/         405 ""  a method that is none of ours
 *   400 "relative paths not supported"   a segment "." or "..", before or after decoding
 *   400 ""  bad escapes, empty segments, bytes that are not printable UTF-8, list and scan at
 *           once or neither true nor false, a member of the query named twice
 *   400 "cannot write to a path ending in '/'"
 * An escaped '/' is a '/'.
 */
int target_read(struct arena *a, enum method method, struct str raw, struct target *t,
    unsigned *status, const char **text);

/*
 * Whether a path that came otherwise than as a target (in a body) is as one would be: NULL, or
 * what is wrong with it, "relative paths not supported" or "".
 */
const char *target_check_path(struct str path);

/* The members of a form (application/x-www-form-urlencoded) as an object of strings; NULL when
 * it is malformed or names a member twice. */
struct json *target_form(struct arena *a, struct str form);

#endif
