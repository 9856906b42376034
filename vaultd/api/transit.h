/*
 * The operations of a transit mount: named keys, used and never read (vault-api 6).
 */
#ifndef API_TRANSIT_H
#define API_TRANSIT_H

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/workers.h"

/* transit_keys.c, transit_change.c, transit_rotate.c */
int transit_keys_list(struct call *c, struct error *err);
int transit_key_read(struct call *c, struct error *err);
int transit_key_create(struct call *c, struct error *err);
int transit_key_create_prepare(struct call *c, struct work **w, struct error *err);
int transit_key_delete(struct call *c, struct error *err);
int transit_key_rotate(struct call *c, struct error *err);
int transit_key_rotate_prepare(struct call *c, struct work **w, struct error *err);
int transit_key_configure(struct call *c, struct error *err);
int transit_key_trim(struct call *c, struct error *err);
int transit_key_soft_delete(struct call *c, struct error *err);
int transit_version_switch(struct call *c, struct error *err);

/* transit_cipher.c */
bool transit_encrypt_creates(struct call *c);
bool transit_key_exists(struct call *c);
int transit_encrypt(struct call *c, struct error *err);
int transit_encrypt_prepare(struct call *c, struct work **w, struct error *err);
int transit_datakey(struct call *c, struct error *err);

/* transit_use.c: decrypt, rewrap, sign, verify, hmac */
int transit_use(struct call *c, struct error *err);
int transit_use_prepare(struct call *c, struct work **w, struct error *err);

/* transit_usage.c */
int transit_usage(struct call *c, struct error *err);

/* transit_import.c */
bool transit_wrapping_creates(struct call *c);
int transit_wrapping_key(struct call *c, struct error *err);
int transit_wrapping_key_prepare(struct call *c, struct work **w, struct error *err);
int transit_import(struct call *c, struct error *err);
int transit_import_prepare(struct call *c, struct work **w, struct error *err);
int transit_import_version(struct call *c, struct error *err);
int transit_import_version_prepare(struct call *c, struct work **w, struct error *err);

/* transit_export.c */
int transit_export(struct call *c, struct error *err);
int transit_backup(struct call *c, struct error *err);
int transit_restore(struct call *c, struct error *err);

/* transit_settings.c */
int transit_settings_read(struct call *c, struct error *err);
int transit_settings_write(struct call *c, struct error *err);
int transit_cache_read(struct call *c, struct error *err);
int transit_cache_write(struct call *c, struct error *err);

#endif
