/*
 * Memory that is given back all at once: everything a policy or an acl points to.  It grows by
 * doubling chunks and holds no secrets, so nothing is wiped.  Want of memory is fatal.
 */
#ifndef POLICY_POOL_H
#define POLICY_POOL_H

#include <stddef.h>

#include "base/str.h"

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool **p);

/* size zeroed bytes, aligned for any type; they live as long as the pool. */
void *pool_take(struct pool *p, size_t size);

/* A copy of s, and one with ASCII letters lowered. */
struct str pool_copy(struct pool *p, struct str s);
struct str pool_copy_lower(struct pool *p, struct str s);

#endif
