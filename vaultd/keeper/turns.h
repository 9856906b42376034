/*
 * The way of a request: it is served at once, or waits for its turn in a batch, or for a worker, or
 * for a long list, or for a change.
 */
#ifndef KEEPER_TURNS_H
#define KEEPER_TURNS_H

#include "vaultd/keeper/workers.h"

struct keeper;

/*
 * Serve a request as far as it goes now; payload is that of its frame, e says where the answer
 * goes and what a worker has done for it.  Taken over: e is empty afterwards.
 */
void turns_serve(struct keeper *k, struct peer *peer, const struct frame_request *f,
    struct errand *e, struct str payload);

/* It must wait: for a worker when it has work, else for its turn.  Taken over. */
void turns_wait(struct keeper *k, struct errand *e);

/* What workers have done: those who waited for it go on. */
void turns_resume(struct keeper *k);
/* Of those who wait for a long list, the next is given a slice of it, and goes on when it has all. */
void turns_list(struct keeper *k);
/* The keeper ends: nobody waits any more. */
void turns_end_lists(struct keeper *k);
/* Of those who waited for a change and were woken, some go on. */
void turns_awake(struct keeper *k);

#endif
