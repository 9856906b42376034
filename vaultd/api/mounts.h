/*
 * The operations of sys/mounts, sys/auth and sys/remount (vault-api 1.5), and what they share.
 */
#ifndef API_MOUNTS_H
#define API_MOUNTS_H

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/mount_settings.h"

int api_mounts_list(struct call *c, struct error *err);
int api_mount_read(struct call *c, struct error *err);
int api_mount_write(struct call *c, struct error *err);
int api_mount_delete(struct call *c, struct error *err);
int api_tune_read(struct call *c, struct error *err);
int api_tune_write(struct call *c, struct error *err);
/* sys/plugins/catalog: the types of engines there are, all built in. */
int api_plugins_list(struct call *c, struct error *err);
int api_remount(struct call *c, struct error *err);
int api_remount_status(struct call *c, struct error *err);

/* Whether the path of a mount is one of sys/auth's. */
bool mount_is_auth(struct str path);
/* A mount's path as the table has it, "x/", from what a request calls it; NULL: the arena is
 * full. */
struct str mount_path(struct call *c, const char *prefix, struct str name);
/* The mount that is at, above or below path; NULL: none. */
const struct mount *mount_in_the_way(const struct mounts *all, struct str path);

/* A mount's settings in the arena. */
int mount_settings_of(struct call *c, const struct mount *m, struct mount_settings *s,
    struct error *err);
/* The members of a mount as lists and reads show them. */
int mount_put_info(struct call *c, struct json_writer *w, const struct mount *m,
    struct error *err);

/* Change settings by "config" of a new mount, or by the body of tune.  -1: refused. */
int mount_settings_read(struct call *c, const struct json *from, bool tune, bool auth,
    struct mount_settings *s);
/* Change options, which hold texts; an empty one, but the version, is removed. */
int mount_options_read(struct call *c, struct mount_settings *s);
/* Set an option, whatever there is of that name.  -1: the arena is full. */
int mount_option_set(struct call *c, struct mount_settings *s, const char *name, struct str value);
/* Write m with these settings.  -1: refused, they are too long. */
int mount_save(struct call *c, struct mount *m, const struct mount_settings *s);

#endif
