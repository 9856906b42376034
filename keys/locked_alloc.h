/*
 * OpenSSL's memory in the keeper: taken from the region of secrets (base/secret.h), which is
 * locked, not dumped and not inherited, so that key schedules and big numbers lie nowhere
 * else; wiped when freed.
 */
#ifndef KEYS_LOCKED_ALLOC_H
#define KEYS_LOCKED_ALLOC_H

/*
 * Set it up, once for the process: behind secret_memory_init and before OpenSSL's first
 * allocation (fatal when too late).  OpenSSL's own tables, which hold no secret, are made here,
 * outside the region.  A full region is fatal: what could swell without bound is public, see
 * below.
 */
void locked_alloc_init(void);

/*
 * What this thread allocates between these two is public (certificates, revocation lists):
 * ordinary memory, wiped when freed all the same.  They nest.
 */
void locked_alloc_public_begin(void);
void locked_alloc_public_end(void);

#endif
