/*
 * Lists of a KV mount, and showing a secret's metadata, alone or in a list.
 */
#ifndef API_KV_LIST_H
#define API_KV_LIST_H

#include "vaultd/api/kv_secret.h"

/* The names in the folder that c->parameter[0] names, or all below (OP_SCAN); version 1 too. */
int kv_list(struct call *c, struct error *err);

/* The members of a metadata object that is open. */
void kv_put_metadata(struct json_writer *w, const struct kv_secret *s);

#endif
