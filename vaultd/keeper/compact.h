/*
 * Writing the store's file anew, without what was deleted: the committing thread copies it while
 * reads go on and writes wait, then the copy takes its place.
 */
#ifndef KEEPER_COMPACT_H
#define KEEPER_COMPACT_H

#include <stdbool.h>

struct keeper;
struct committer;

/* Somebody asked for it (vault_compaction), and the vault is open. */
bool compact_wanted(const struct keeper *k);
/* Begin, with no commit under way. */
void compact_begin(struct keeper *k, struct committer *c);
/* What the committing thread has ended is this, not a commit. */
bool compact_running(const struct keeper *k);
/* It has ended: put the copy in the file's place, or say why there is none. */
void compact_end(struct keeper *k, struct committer *c);

#endif
