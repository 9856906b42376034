/*
 * Keeper: who waits for what.
 */
#include "vaultd/keeper/turns.h"

#include "vaultd/keeper/keeper.h"
#include "vaultd/keeper/waiters.h"

#define AWAKE 256 /* served in one turn of the loop: others come between */

static void
refuse(struct keeper *k, const struct errand *e)
{
	struct frame_conn f = { e->conn };
	struct buf reply = BUF_INIT;

	serve_failure(&f, 503, "too many requests wait: try again", &reply);
	outbox_add(gates_outbox(k->gates), e->gate, e->conn, &reply);
}

void
turns_wait(struct keeper *k, struct errand *e)
{
	bool taken = e->work != NULL ? workers_add(k->workers, e) : batch_add(k->batch, e);

	if (!taken)
		refuse(k, e);
	errand_clear(e);
}

void
turns_serve(struct keeper *k, struct peer *peer, const struct frame_request *f, struct errand *e,
    struct str payload)
{
	struct served served = { .turn = TURN_NOW, .wait = { .until = e->until } };
	bool waits;

	serve(&k->service, peer, f, TURN_NOW, e->work, &served);
	work_free(&e->work);
	waits = served.turn != TURN_NOW || served.work != NULL || served.wait.until != 0;
	if (waits && e->payload.len == 0)
		buf_put_str(&e->payload, payload);
	if (!waits) {
		outbox_add(gates_outbox(k->gates), e->gate, e->conn, &served.reply);
		errand_clear(e);
	} else if (served.wait.until != 0) {
		e->until = served.wait.until;
		waiters_add(k->waiters, e, served.wait.on);
	} else {
		e->turn = served.turn;
		e->work = served.work;
		served.work = NULL;
		turns_wait(k, e);
	}
	served_clear(&served);
}

/* With no turn to wait for: it begins anew, if its connection is there still. */
static void
begin_anew(struct keeper *k, struct errand *e)
{
	struct peer *peer = gates_peer(k->gates, e->gate, e->conn);
	struct frame_request f;

	if (peer != NULL && frame_get_request(buf_str(&e->payload), &f))
		turns_serve(k, peer, &f, e, buf_str(&e->payload));
}

static void
resume(struct keeper *k, struct errand *e)
{
	if (e->gate == 0)
		chores_done(k->chores, e);
	else if (e->turn == TURN_NOW)
		begin_anew(k, e);
	else if (gates_peer(k->gates, e->gate, e->conn) != NULL && !batch_add(k->batch, e))
		refuse(k, e);
	errand_clear(e);
}

void
turns_resume(struct keeper *k)
{
	struct errand e;

	while (workers_take(k->workers, &e))
		resume(k, &e);
}

void
turns_awake(struct keeper *k)
{
	struct errand e;

	for (unsigned i = 0; i < AWAKE && !gates_full(k->gates) && waiters_take(k->waiters, &e); i++) {
		begin_anew(k, &e);
		errand_clear(&e);
	}
}
