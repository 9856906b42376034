/*
 * The mount table: which engine answers below which path.
 */
#ifndef KEEPER_MOUNTS_H
#define KEEPER_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

#define MOUNTS_MAX 256
#define MOUNT_TTL INT64_C(2764800) /* seconds: what holds where a mount says nothing */

/* Numbers are on disk: never reuse one. */
enum mount_type {
	MOUNT_SYSTEM = 0,
	MOUNT_KV2 = 1,
	MOUNT_CERT = 2,
	MOUNT_KV1 = 3,
	MOUNT_TRANSIT = 4,
	MOUNT_PKI = 5,
	MOUNT_TOKEN = 6,
	MOUNT_IDENTITY = 7,
	MOUNT_CUBBYHOLE = 8,
	MOUNT_KV_UPGRADE = 9, /* from version 1 to 2: answers nothing meanwhile */
	MOUNT_TYPES
};

struct mount {
	struct str path;       /* "secret/", "auth/cert/", "sys/" */
	enum mount_type type;
	uint8_t uuid[16];
	char uuid_text[37];
	char accessor[32];     /* "kv_1a2b3c4d" */
	struct str description;
	struct str settings;   /* see mount_settings.h; may be empty */
	int64_t default_ttl, max_ttl; /* out of the settings: seconds; 0: not set */
	char token_type[16];   /* out of the settings, of auth mounts; "": default-service */
	bool unauth;           /* listed to who has no right to anything in it */
	bool built_in;         /* sys/, cubbyhole/, identity/, auth/token/: always there */
};

struct mounts;

/* The table as the records have it, beside the built-in ones.  NULL with ERR_CORRUPT. */
struct mounts *mounts_load(struct records *r, struct error *err);
void mounts_free(struct mounts **m);

/* The mount whose path is the longest that path starts with ("secret" alone matches "secret/"). */
const struct mount *mounts_find(const struct mounts *m, struct str path);
/* The mount at exactly this path (ends in "/"); NULL: none. */
const struct mount *mounts_exact(const struct mounts *m, struct str path);
unsigned mounts_count(const struct mounts *m);
const struct mount *mounts_at(const struct mounts *m, unsigned i);

/* "kv", "cert", "system": for replies and audit. */
const char *mount_type_name(enum mount_type type);
/* What counts for leases and tokens: seconds, never 0, the default never above the maximum. */
int64_t mount_default_ttl(const struct mount *m);
int64_t mount_max_ttl(const struct mount *m);

/* Write a mount into the batch: its path (ends in "/"), type, description and settings, under
 * its uuid, a new one when that is all zero (and it is no built-in one). */
void mounts_put(struct records *r, const struct mount *m);

/*
 * Take a mount off the table; what it holds is out of reach at once, and stands in a list of
 * what is to be erased until mounts_erased.
 */
void mounts_remove(struct records *r, const struct mount *m);
/* One mount of that list: its type and uuid.  0; 1: none; -1 with ERR_CORRUPT. */
int mounts_next_removed(struct records *r, struct mount *m, struct error *err);
void mounts_erased(struct records *r, const struct mount *m);

#endif
