/*
 * Where a secret is: its mount, its path there, and which version of the key-value API the
 * mount speaks.  "secret/billing/stripe" is cut where the vault says that a mount ends.
 */
#ifndef CLIENT_KVPATH_H
#define CLIENT_KVPATH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "client/session.h"

struct kvpath {
	struct buf mount; /* "secret/" */
	struct buf path;  /* "billing/stripe"; may be empty for a list */
	bool versioned;   /* version 2 */
};

#define KVPATH_INIT \
	{ \
		BUF_INIT, BUF_INIT, true \
	}

/*
 * Cut arg, as a person types it, at its mount: -mount when that is not NULL, else what the
 * preflight says (data of sys/internal/ui/mounts/<arg>; NULL when that told nothing: then the
 * first segment is a mount of version 2).  0, or -1 with ERR_INVALID.
 */
int kvpath_cut(struct kvpath *k, const char *arg, const char *mount,
    const struct json *preflight, struct error *err);

/* Ask for the preflight, then cut.  0, or -1 with err set. */
int kvpath_find(
    struct kvpath *k, struct session *s, const char *arg, const char *mount, struct error *err);
void kvpath_free(struct kvpath *k);

/* Append the path of the API: "secret/data/billing/stripe" for kind "data". */
void kvpath_put(const struct kvpath *k, const char *kind, struct buf *out);

#endif
