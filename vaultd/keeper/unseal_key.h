/*
 * The file unseal.key in the store's directory: the private half of the key that shares are
 * sealed to (keys/sharebox.h), readable while the vault is sealed.
 * Security: it guards shares on their way, against a broken gate; not against a thief of the
 * disk, who has the file and no shares.
 */
#ifndef KEEPER_UNSEAL_KEY_H
#define KEEPER_UNSEAL_KEY_H

#include "base/error.h"
#include "base/secret.h"

/*
 * Draw a key and write its file (0600), durably, in place of one that is there.  NULL with
 * ERR_IO or ERR_FULL; the old file is then as it was.
 */
struct secret *unseal_key_make(int dir, struct error *err);

/* NULL with ERR_NOT_FOUND when there is no file, ERR_CORRUPT or ERR_IO when it is not usable.
 */
struct secret *unseal_key_read(int dir, struct error *err);

#endif
