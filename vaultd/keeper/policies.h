/*
 * Policies as the records keep them: version u32, modified u64 (wall ns), text.
 */
#ifndef KEEPER_POLICIES_H
#define KEEPER_POLICIES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

struct stored_policy {
	uint32_t version;  /* counts writes from 1 */
	int64_t modified;  /* wall ns */
	struct str text;   /* borrowed from the buf given to policies_get */
};

/* name is trimmed and lower case already.  -1 with ERR_NOT_FOUND or ERR_CORRUPT. */
int policies_get(struct records *r, struct str name, struct buf *bytes, struct stored_policy *p,
    struct error *err);
void policies_put(struct records *r, struct str name, const struct stored_policy *p);
void policies_delete(struct records *r, struct str name);
int policies_list(struct records *r, record_visit *each, void *arg, struct error *err);

#endif
