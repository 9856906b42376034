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
	MOUNT_TYPES
};

struct mount {
	struct str path;       /* "secret/", "auth/cert/", "sys/" */
	enum mount_type type;
	uint8_t uuid[16];
	char uuid_text[37];
	char accessor[32];     /* "kv_1a2b3c4d" */
	struct str description;
	struct str settings;   /* JSON object: "config" and "options" as they were set; or empty */
	bool built_in;         /* sys/, cubbyhole/, identity/, auth/token/: in no record */
};

struct mounts;

/* The table as the records have it, beside the built-in ones.  NULL with ERR_CORRUPT. */
struct mounts *mounts_load(struct records *r, struct error *err);
void mounts_free(struct mounts **m);

/* The mount whose path is the longest that path starts with ("secret" alone matches "secret/"). */
const struct mount *mounts_find(const struct mounts *m, struct str path);
unsigned mounts_count(const struct mounts *m);
const struct mount *mounts_at(const struct mounts *m, unsigned i);

/* "kv", "cert", "system": for replies and audit. */
const char *mount_type_name(enum mount_type type);

/* Write a mount into the batch: its path (ends in "/"), type, description and settings, under
 * its uuid, a new one when that is all zero. */
void mounts_put(struct records *r, const struct mount *m);

#endif
