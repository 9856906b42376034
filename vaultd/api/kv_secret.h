/*
 * One secret of a KV version 2 mount: its metadata and versions as a record, its values as one
 * record each (vault-api 5).
 */
#ifndef API_KV_SECRET_H
#define API_KV_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "vaultd/keeper/call.h"

#define KV_VERSIONS_STANDARD 10 /* kept when neither key nor mount says how many */

/* What a mount says of all its secrets. */
struct kv_config {
	uint32_t max_versions;       /* 0: not said */
	bool cas_required, metadata_cas_required;
	int64_t delete_version_after; /* ns; 0: not said; below 0: never */
};

struct kv_version {
	uint32_t number;
	int64_t created;  /* wall ns */
	int64_t deletion; /* wall ns; 0: none.  In the future: not yet deleted */
	bool destroyed;
};

struct kv_custom {
	struct str key, value;
};

struct kv_secret {
	int64_t created, updated;
	uint32_t current, oldest; /* version numbers */
	uint32_t metadata_version;
	uint32_t max_versions;
	bool cas_required, metadata_cas_required;
	int64_t delete_version_after;
	unsigned custom_count;
	struct kv_custom *custom; /* sorted by key */
	unsigned count;
	struct kv_version *versions; /* ascending */
};

int kv_config_read(struct call *c, struct kv_config *config, struct error *err);
void kv_config_write(struct call *c, const struct kv_config *config);

/* Read into the arena.  0; 1 when there is no such secret; -1 with err. */
int kv_read(struct call *c, struct str path, struct kv_secret *s, struct error *err);
void kv_write(struct call *c, struct str path, const struct kv_secret *s);
bool kv_exists(struct call *c); /* for the secret that c->parameter[0] names */

/* The version of that number (0: the current one); NULL: there is none. */
struct kv_version *kv_find(const struct kv_secret *s, uint32_t number);
bool kv_deleted(const struct kv_version *v, int64_t now);

/* When a version made now will be deleted by itself; 0: never. */
int64_t kv_deletion(const struct kv_secret *s, const struct kv_config *config, int64_t now);

/*
 * Add a version with this value (JSON text) and drop those beyond the number to keep.
 * -1: refused, the arena is full.
 */
int kv_add(struct call *c, struct str path, struct kv_secret *s, const struct kv_config *config,
    struct str value, struct kv_version **added);

/* A version's value, appended to out. */
int kv_value(struct call *c, struct str path, uint32_t version, struct buf *out,
    struct error *err);
/* A secret with all its versions: how many records that were, -1 with err. */
int kv_drop(struct call *c, struct str path, struct error *err);
void kv_drop_value(struct call *c, struct str path, uint32_t version);

/* "custom_metadata": {...} or null; the members of a version as reads and writes show them. */
void kv_put_custom(struct json_writer *w, const struct kv_secret *s);
void kv_put_version(struct json_writer *w, const struct kv_secret *s, const struct kv_version *v);
/* A wall time, "" for 0. */
void kv_put_time(struct json_writer *w, const char *name, int64_t wall);
void kv_put_duration(struct json_writer *w, const char *name, int64_t ns);

#endif
