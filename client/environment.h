/*
 * A shell file to source: where a vault is and who one is there.
 */
#ifndef CLIENT_ENVIRONMENT_H
#define CLIENT_ENVIRONMENT_H

#include "base/error.h"

/*
 * Write VAULT_ADDR, VAULT_CACERT, VAULT_CLIENT_CERT and VAULT_CLIENT_KEY (PREFIX.pem,
 * PREFIX.key) to path, mode 0600, with absolute paths, replacing a file that is there.
 * 0, or -1 with ERR_IO.
 */
int environment_write(
    const char *path, const char *url, const char *ca, const char *prefix, struct error *err);

#endif
