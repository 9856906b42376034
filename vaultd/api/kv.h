/*
 * The operations of a KV version 2 mount (vault-api 5).
 */
#ifndef API_KV_H
#define API_KV_H

#include "vaultd/keeper/call.h"

int kv_config_get(struct call *c, struct error *err);
int kv_config_set(struct call *c, struct error *err);

int kv_data_read(struct call *c, struct error *err);
int kv_data_write(struct call *c, struct error *err);
int kv_data_patch(struct call *c, struct error *err);
int kv_data_delete(struct call *c, struct error *err);
int kv_subkeys(struct call *c, struct error *err);

int kv_delete(struct call *c, struct error *err);
int kv_undelete(struct call *c, struct error *err);
int kv_destroy(struct call *c, struct error *err);

int kv_metadata_read(struct call *c, struct error *err);
int kv_metadata_write(struct call *c, struct error *err);
int kv_metadata_patch(struct call *c, struct error *err);
int kv_metadata_delete(struct call *c, struct error *err);

int kv_list_detailed(struct call *c, struct error *err);

#endif
