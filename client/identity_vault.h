/*
 * vaultctl: identities that the vault issues and revokes, by a PKI mount: no CA's key on disk.
 */
#ifndef CLIENT_IDENTITY_VAULT_H
#define CLIENT_IDENTITY_VAULT_H

#include "client/command.h"

/* identity issue -mount=PATH: the key is made here and stays; the vault signs a request. */
enum outcome identity_by_vault(const struct flags *f, struct error *err);

/* identity revoke */
enum outcome identity_revoke(const struct flags *f, struct error *err);
extern const struct flag identity_revoke_flags[];

#endif
