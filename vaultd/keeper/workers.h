/*
 * Slow mathematics (RSA, key generation) runs in a few threads of its own, at the lowest
 * priority, so that no other request waits for it.
 * Security: a thread sees the work it is given and nothing else of the keeper.
 */
#ifndef KEEPER_WORKERS_H
#define KEEPER_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "vaultd/ipc/message.h"
#include "vaultd/keeper/serve.h"

/* The first member of what an operation hands over; see route.prepare in call.h. */
struct work {
	void (*run)(struct work *w);  /* in a worker thread, once */
	void (*free)(struct work *w); /* wipes; also of work that never ran */
	/*
	 * NULL, or whether what was done still serves the request as it begins anew; when not,
	 * prepare is asked once more.
	 */
	bool (*fits)(const struct work *w, struct call *c);
};
/* Wipe and free; *w becomes NULL.  *w may be NULL. */
void work_free(struct work **w);

/* Work on its way, and the request that waits for it. */
struct errand {
	uint64_t gate;         /* serial; 0: the keeper's own, a chore's */
	struct conn_name conn;
	enum turn turn;
	struct buf payload;    /* of the REQUEST frame */
	struct work *work;
	struct long_list *lists; /* read for it (records.h); the first may be under way */
	int64_t until;         /* boot ns: it waits for a change until then (waiters.h); 0: it does not */
};
void errand_clear(struct errand *e);

struct workers;

/* Start the threads.  Never NULL. */
struct workers *workers_new(void);
/* Waits for work under way; what waits is dropped. */
void workers_free(struct workers **w);

/* Readable when work is done: then call workers_take until it has none. */
int workers_fd(const struct workers *w);

/* Hand over an errand (*e is empty then).  False, *e unchanged: too many wait already. */
bool workers_add(struct workers *w, struct errand *e);
/* Work that is done, with the request it is for. */
bool workers_take(struct workers *w, struct errand *e);

/* The vault is sealed: what has not begun is not run any more; its requests begin anew. */
void workers_cancel(struct workers *w);
/* Nothing waits, runs or is to be taken. */
bool workers_idle(struct workers *w);

#endif
