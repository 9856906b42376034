/*
 * Keeper: who waits for what.
 */
#include "vaultd/keeper/turns.h"

#include <string.h>

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

static void
wait_for_list(struct keeper *k, struct errand *e)
{
	struct listings *l = &k->listings;

	if (l->count == LISTINGS) {
		refuse(k, e);
		errand_clear(e);
		return;
	}
	l->queue[(l->first + l->count++) % LISTINGS] = *e;
	memset(e, 0, sizeof(*e));
}

void
turns_serve(struct keeper *k, struct peer *peer, const struct frame_request *f, struct errand *e,
    struct str payload)
{
	struct served served = { .turn = TURN_NOW, .lists = e->lists, .wait = { .until = e->until } };
	bool waits;

	serve(&k->service, peer, f, TURN_NOW, e->work, &served);
	work_free(&e->work);
	e->lists = served.lists;
	served.lists = NULL;
	waits = served.turn != TURN_NOW || served.work != NULL || served.wait.until != 0 ||
	    long_list_waits(e->lists);
	if (waits && e->payload.len == 0)
		buf_put_str(&e->payload, payload);
	if (!waits) {
		outbox_add(gates_outbox(k->gates), e->gate, e->conn, &served.reply);
		errand_clear(e);
	} else if (long_list_waits(e->lists)) {
		wait_for_list(k, e);
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

/* The one whose turn it is has left the queue. */
static struct errand
take_listing(struct listings *l)
{
	struct errand e = l->queue[l->first];

	l->first = (l->first + 1) % LISTINGS;
	l->count--;
	return e;
}

void
turns_list(struct keeper *k)
{
	struct errand e;

	if (k->listings.count == 0 || gates_full(k->gates))
		return;
	e = take_listing(&k->listings);
	if (vault_state(k->service.vault) != VAULT_OPEN)
		long_list_free(&e.lists); /* it begins anew, and is told so */
	if (gates_peer(k->gates, e.gate, e.conn) != NULL) {
		if (e.lists == NULL || long_list_go_on(vault_records(k->service.vault), e.lists))
			begin_anew(k, &e);
		else
			wait_for_list(k, &e);
	}
	errand_clear(&e);
}

void
turns_end_lists(struct keeper *k)
{
	struct errand e;

	while (k->listings.count > 0) {
		e = take_listing(&k->listings);
		errand_clear(&e);
	}
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
