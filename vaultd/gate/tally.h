/*
 * How many of each: connections by address, by identity.
 */
#ifndef GATE_TALLY_H
#define GATE_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally;
struct tally_entry;

struct tally *tally_new(void);
/* Everything taken must have been given back. */
void tally_free(struct tally **t);

/*
 * One more of that key (copied), unless there are `most` already: then NULL.  The entry is
 * given back with tally_give, which leaves NULL; giving NULL is fine.
 */
struct tally_entry *tally_take(struct tally *t, const void *key, size_t len, uint32_t most);
void tally_give(struct tally *t, struct tally_entry **e);

#endif
