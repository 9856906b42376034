/*
 * What the audit says of the store: each checkpoint names the commit that was the store's last.
 */
#ifndef KEEPER_AUDIT_LAST_H
#define KEEPER_AUDIT_LAST_H

#include <stdint.h>

#include "vaultd/keeper/audit_file.h"

/*
 * The commit that the file's last checkpoint names; 0: it names none, or there is no checkpoint
 * within the last 64 MiB.  -1 with ERR_IO.
 */
int audit_last_commit(const struct audit_file *f, uint64_t *commit, struct error *err);

#endif
