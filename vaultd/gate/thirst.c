/*
 * gate: waiting for a nonce.  Trusted to keep the order.
 */
#include "vaultd/gate/thirst.h"

#include "base/clock.h"

#define PATIENCE (60 * CLOCK_SECOND) /* most that one waits */

void
thirst_add(struct conn *c)
{
	if (c->thirsty)
		return;
	c->thirsty = true;
	c->deadline = c->gate->now + PATIENCE;
	TAILQ_INSERT_TAIL(&c->gate->thirsty, c, waiting);
}

void
thirst_leave(struct conn *c)
{
	if (c->thirsty)
		TAILQ_REMOVE(&c->gate->thirsty, c, waiting);
	c->thirsty = false;
}

void
thirst_quench(struct gate *g)
{
	size_t left = g->nonces.len / NONCE_BYTES;
	struct conn *c = TAILQ_FIRST(&g->thirsty);

	for (; c != NULL && left > 0; c = TAILQ_NEXT(c, waiting), left--)
		conn_queue(c);
}
