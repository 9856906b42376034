/*
 * What the two halves of the store share: lmdb.c has the files, access.c the records.
 */
#ifndef STORE_LMDB_H
#define STORE_LMDB_H

#include <lmdb.h>

#include "vaultd/store/store.h"

#define STORE_SPACES 2

struct store {
	int dir; /* our own descriptors */
	int lock;
	uint64_t map_bytes;
	MDB_env *env;
	MDB_dbi dbi[STORE_SPACES];
	MDB_txn *read; /* the snapshot */
	bool failed;   /* a write went wrong in a way that leaves the file in doubt */
};

/* Say what LMDB refused, by its code (negative) or the system's (positive).  Returns -1. */
int lmdb_refuse(struct error *err, const char *doing, int rc);

#endif
