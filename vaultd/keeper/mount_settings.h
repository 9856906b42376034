/*
 * What can be set of a mount (sys/mounts and its tune), and how it is kept: as one JSON object,
 * the text of mount.settings.
 */
#ifndef KEEPER_MOUNT_SETTINGS_H
#define KEEPER_MOUNT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

#define MOUNT_SETTINGS_MAX 16384 /* bytes of the text */
#define MOUNT_LISTS 4

struct mount_settings {
	int64_t default_ttl, max_ttl; /* seconds; 0: the vault's own */
	bool force_no_cache;
	struct str visibility;        /* "", "hidden", "unauth" */
	struct str token_type;        /* auth mounts: "default-service", "batch", ... */
	const struct json *lists[MOUNT_LISTS]; /* arrays of texts, in the order of their names */
	const struct json *options;   /* an object of texts; NULL: there are none */
	bool local, seal_wrap, external_entropy_access;
	struct str move_id, moved_from; /* the last sys/remount; empty: never moved */
};

/* The names that the lists have in "config". */
extern const char *const mount_list_names[MOUNT_LISTS];

/* Read text (empty: nothing is set), which must live as long as *s.  -1 with ERR_CORRUPT. */
int mount_settings_parse(struct arena *a, struct str text, struct mount_settings *s,
    struct error *err);
/* Append the text of s. */
void mount_settings_format(const struct mount_settings *s, struct buf *out);

/* The members of "config" that are lists or texts and are set, as replies show them. */
void mount_settings_put_set(struct json_writer *w, const struct mount_settings *s);
/* "config", "options", "local" and so on, as replies show them. */
void mount_settings_put(struct json_writer *w, const struct mount_settings *s);

#endif
