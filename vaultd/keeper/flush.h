/*
 * Before the vault is sealed or vaultd stops.
 */
#ifndef KEEPER_FLUSH_H
#define KEEPER_FLUSH_H

#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/usage.h"
#include "vaultd/keeper/vault.h"

/*
 * Write what an open vault has in memory only (counters, the clock's mark), in a commit of its
 * own: while no other is under way.  When that fails, it is logged and lost.
 */
void flush_memory(struct vault *v, struct usage *u, struct readers *readers, struct audit *a);

#endif
