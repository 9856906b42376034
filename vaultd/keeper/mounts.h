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

enum mount_type { MOUNT_SYSTEM, MOUNT_KV2, MOUNT_CERT, MOUNT_TYPES };

struct mount {
	struct str path;       /* "secret/", "auth/cert/", "sys/" */
	enum mount_type type;
	uint8_t uuid[16];
	char uuid_text[37];
	char accessor[32];     /* "kv_1a2b3c4d" */
	struct str description;
	bool built_in;         /* sys/: in no record */
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

/* Write a new mount into the batch: path ends in "/". */
void mounts_add(struct records *r, const char *path, enum mount_type type, const char *description);

#endif
