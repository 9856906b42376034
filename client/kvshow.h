/*
 * What the key-value commands print: path, metadata and data, each under its title.
 */
#ifndef CLIENT_KVSHOW_H
#define CLIENT_KVSHOW_H

#include "client/kvcall.h"

/* The answer of a write: which version was made. */
enum outcome kv_show_written(struct kvcall *kv, struct error *err);

/* The answer of a read: the secret, or what is left of a deleted version. */
enum outcome kv_show_secret(struct kvcall *kv, struct error *err);

#endif
