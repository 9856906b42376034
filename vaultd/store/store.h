/*
 * The store: keys and values, wrapped by who calls; read, list, commit.  Two spaces: META holds
 * what must be readable while sealed (header, keyring, root record), RECORDS all the rest.
 * Reads see the last snapshot taken; a commit may run in another thread meanwhile.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum store_space { STORE_META, STORE_RECORDS };

struct store;

/* One change of a commit. */
struct store_change {
	enum store_space space;
	struct str key;     /* at most 64 bytes */
	struct str value;   /* at NULL: delete */
	uint64_t version;   /* of the value, given by who writes; never 0 */
	uint64_t expected;  /* version that is there now; 0: nothing is there */
};

/*
 * Open the store in the directory dir (a descriptor; the process must be allowed to use it),
 * making it when it is new, with mode 0600.  Every page's bounds, flags and offsets are checked
 * before LMDB follows them.  LMDB opens through /proc/self/fd, which must be there.
 * map_bytes: most the store may ever hold.  NULL with ERR_CORRUPT, ERR_IO, or ERR_FOREIGN when
 * another process has it open.
 */
struct store *store_open(int dir, uint64_t map_bytes, struct error *err);
void store_close(struct store **s);

/* Take a new snapshot: the last commit.  Everything borrowed from the old one ends. */
int store_refresh(struct store *s, struct error *err);

/* The value of key in the snapshot, borrowed until the next refresh.  False: not there. */
bool store_get(struct store *s, enum store_space space, struct str key, struct str *value,
    uint64_t *version);

/*
 * Every key that starts with prefix, in order, those behind `after` only (empty: all).  each
 * returns false to stop.
 */
typedef bool store_visit(void *arg, struct str key, struct str value, uint64_t version);
void store_walk(struct store *s, enum store_space space, struct str prefix, struct str after,
    store_visit *each, void *arg);

/*
 * Apply all changes or none, durably.  From one thread at a time, any thread.  -1 with
 * ERR_CONFLICT (an expected version was not met) or ERR_FULL (map or disk), with nothing
 * changed; or another code (ERR_IO, ERR_CORRUPT): the store must then be closed and opened anew.
 */
int store_commit(struct store *s, const struct store_change *changes, size_t count,
    struct error *err);

/* For metrics and health: pages in use and at most, bytes each. */
struct store_usage {
	uint64_t used_bytes, map_bytes, records;
	uint64_t file_bytes; /* pages in use, and those that deleting left behind */
};
void store_usage(struct store *s, struct store_usage *u);

/*
 * Writing the file anew, without what was deleted.  store_copy makes a compacting copy beside it,
 * on the disk: from any thread, no commit may run meanwhile, reads go on.  -1 with ERR_FULL (no
 * room; nothing changed) or another code.  store_swap puts the copy in the file's place, if no
 * commit came between: ends what was borrowed.  -1: the store must be closed and opened anew.
 */
int store_copy(struct store *s, struct error *err);
int store_swap(struct store *s, struct error *err);

#endif
