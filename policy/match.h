/*
 * Inside acl.h: the rules of several policies merged (merge.c) and laid out so that the one
 * that applies to a path is found without looking at the others (match.c).
 */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "policy/acl.h"
#include "policy/pool.h"
#include "policy/rules.h"

/* All that the policies say about one pattern. */
struct grant {
	struct rule rule;   /* templates resolved */
	struct str text;    /* the pattern with its '*', for people */
	struct str head;    /* the pattern up to its first '+' segment, or all of it */
	unsigned wildcards; /* '+' segments */
	struct str policy;  /* one that gave it */
	unsigned order;     /* in which the policies gave it */
};

/* The patterns that begin alike: wild[first .. first + count), best first. */
struct head {
	struct str text;
	unsigned first, count;
	unsigned parent; /* the longest other head that this one begins with, or NO_HEAD */
};

#define NO_HEAD (~0u)

struct acl {
	struct pool *pool; /* where all of this lies, itself too */
	unsigned exact_count, wild_count, head_count;
	struct grant *exact; /* sorted by pattern */
	struct grant *wild;  /* with '*' or '+', sorted by head, then best first */
	struct head *heads;  /* sorted by text */
};

static inline bool
begins_with(struct str s, struct str start)
{
	return s.len >= start.len && (start.len == 0 || memcmp(s.at, start.at, start.len) == 0);
}

/*
 * The one rule that applies to a path (leading slashes removed), or NULL.  OpenBao 2.6:
 *   1. the exact pattern;
 *   2. for a list (listing: LIST or SCAN), the exact pattern without the path's last '/';
 *   3. the best pattern with '*' or '+' that matches: the later first wildcard, then not ending
 *      in '*', fewer '+', longer, lexicographically greater;
 *   4. for a list that found none, the same without the path's last '/'.
 * A '+' is a wildcard only as a whole segment (one, any text, even none), a '*' only at the
 * end (any text, '/' too); elsewhere they stand for themselves.
 */
const struct grant *acl_find(const struct acl *a, struct str path, bool listing);

/* Whether a grant's pattern could match something beneath path. */
bool grant_reaches(const struct grant *g, struct str path);

#endif
