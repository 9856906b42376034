/*
 * Keeper: who waits for what.
 */
#include "vaultd/keeper/turns.h"

#include "vaultd/keeper/keeper.h"

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
	struct served served = { .turn = TURN_NOW };

	serve(&k->service, peer, f, TURN_NOW, e->work, &served);
	work_free(&e->work);
	if (served.turn == TURN_NOW && served.work == NULL) {
		outbox_add(gates_outbox(k->gates), e->gate, e->conn, &served.reply);
		errand_clear(e);
	} else {
		if (e->payload.len == 0)
			buf_put_str(&e->payload, payload);
		e->turn = served.turn;
		e->work = served.work;
		served.work = NULL;
		turns_wait(k, e);
	}
	served_clear(&served);
}

static void
resume(struct keeper *k, struct errand *e)
{
	struct peer *peer = gates_peer(k->gates, e->gate, e->conn);
	struct frame_request f;

	if (e->gate == 0)
		chores_done(k->chores, e);
	else if (peer != NULL && e->turn == TURN_NOW && frame_get_request(buf_str(&e->payload), &f))
		turns_serve(k, peer, &f, e, buf_str(&e->payload));
	else if (peer != NULL && !batch_add(k->batch, e))
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
