/*
 * custom_metadata: what people note beside a secret.
 */
#ifndef API_KV_CUSTOM_H
#define API_KV_CUSTOM_H

#include "vaultd/api/kv_secret.h"

/*
 * Read the field custom_metadata of the body into s: it replaces what was there (merge: null
 * removes a key, others stay).  present tells whether it was sent.  -1: refused.
 */
int kv_custom_read(struct call *c, struct kv_secret *s, bool merge, bool *present);

#endif
