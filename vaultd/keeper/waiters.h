/*
 * Requests that wait for a record to change, or for their time to be over: they hold a place in
 * a table and nothing else.  One that is woken begins anew, and is authorised anew; many that
 * are woken at once are served in slices.
 */
#ifndef KEEPER_WAITERS_H
#define KEEPER_WAITERS_H

#include <stdbool.h>
#include <stdint.h>

#include "vaultd/keeper/workers.h"

#define WAITERS_LONGEST (300 * CLOCK_SECOND)

struct waiters;

/* Never NULL. */
struct waiters *waiters_new(void);
void waiters_free(struct waiters **w);

/*
 * It waits for that record (its id), until e->until (boot ns, WAITERS_LONGEST ahead at most) or
 * a little later.  Taken over: *e is empty then.
 */
void waiters_add(struct waiters *w, struct errand *e, const uint8_t id[32]);

unsigned waiters_count(const struct waiters *w);

/* Who waits for that record is woken; everybody is, and waits no more whatever it finds. */
void waiters_wake(struct waiters *w, const uint8_t id[32]);
void waiters_end(struct waiters *w);
/* Whose time is over is woken. */
void waiters_tick(struct waiters *w, int64_t boot);

/* One that was woken, first come first; false: none. */
bool waiters_take(struct waiters *w, struct errand *e);
/* Whether there is one. */
bool waiters_woken(const struct waiters *w);

/* The connection is gone: so is what waits for it. */
void waiters_leave(struct waiters *w, uint64_t gate, struct conn_name conn);

#endif
