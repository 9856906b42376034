/*
 * Showing a secret's metadata, alone or in a list.
 */
#ifndef API_KV_LIST_H
#define API_KV_LIST_H

#include "vaultd/api/kv_secret.h"

/* The members of a metadata object that is open. */
void kv_put_metadata(struct json_writer *w, const struct kv_secret *s);

#endif
