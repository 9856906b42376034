/*
 * What both ways to issue an identity (identity.c by a CA's key, identity_vault.c by the vault)
 * have in common.
 */
#ifndef CLIENT_IDENTITY_H
#define CLIENT_IDENTITY_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "client/flags.h"

/* spiffe://<domain>/<path>, terminated, from what a person types: the path, or all of it. */
int identity_full_id(const char *name, struct str domain, struct buf *id, struct error *err);

/* How long it is to be good, seconds: -ttl, else -days. */
int64_t identity_lifetime(const struct flags *f);

#endif
