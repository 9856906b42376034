/*
 * Keeper: writes, gathered into batches.
 */
#include "vaultd/keeper/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/commit.h"
#include "vaultd/keeper/compact.h"
#include "vaultd/keeper/keeper.h"
#include "vaultd/keeper/turns.h"
#include "vaultd/keeper/waiters.h"

#define BATCH_JOBS 1024                  /* most of one transaction */
#define WAITING_BYTES (64u * 1024 * 1024) /* bodies that may wait, of all callers */

struct job {
	struct errand errand;
	struct served served;
};

struct batch {
	struct committer *committer;
	struct errand *queue; /* ring */
	size_t head, count, room;
	size_t bytes;
	struct job running[BATCH_JOBS];
	size_t ran;
	bool authority; /* the batch changed what callers may do */
};

struct batch *
batch_new(void)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		fatal("no memory for batches");
	b->committer = committer_new();
	return b;
}

static void
clear_job(struct job *j)
{
	errand_clear(&j->errand);
	served_clear(&j->served);
}

void
batch_free(struct batch **b)
{
	if (*b == NULL)
		return;
	committer_free(&(*b)->committer);
	for (size_t i = 0; i < (*b)->count; i++)
		errand_clear(&(*b)->queue[((*b)->head + i) % (*b)->room]);
	for (size_t i = 0; i < (*b)->ran; i++)
		clear_job(&(*b)->running[i]);
	free((*b)->queue);
	free(*b);
	*b = NULL;
}

int
batch_fd(const struct batch *b)
{
	return committer_fd(b->committer);
}

bool
batch_idle(const struct batch *b)
{
	return b->count == 0 && !committer_busy(b->committer);
}

static void
grow(struct batch *b)
{
	size_t room = b->room == 0 ? 64 : b->room * 2;
	struct errand *queue = calloc(room, sizeof(*queue));

	if (queue == NULL)
		fatal("no memory for %zu waiting writes", room);
	for (size_t i = 0; i < b->count; i++)
		queue[i] = b->queue[(b->head + i) % b->room];
	free(b->queue);
	b->queue = queue;
	b->head = 0;
	b->room = room;
}

bool
batch_add(struct batch *b, struct errand *e)
{
	if (b->bytes + e->payload.len > WAITING_BYTES)
		return false;
	if (b->count == b->room)
		grow(b);
	b->queue[(b->head + b->count++) % b->room] = *e;
	b->bytes += e->payload.len;
	memset(e, 0, sizeof(*e));
	return true;
}

static struct job
take(struct batch *b)
{
	struct job j = { .errand = b->queue[b->head] };

	b->head = (b->head + 1) % b->room;
	b->count--;
	b->bytes -= j.errand.payload.len;
	return j;
}

/*
 * Serve a job in its turn.  False: one whose connection has gone meanwhile is dropped, one that
 * must wait for a worker or a change goes there.
 */
static bool
run_job(struct keeper *k, struct job *j, enum turn turn)
{
	struct errand *e = &j->errand;
	struct peer *peer = gates_peer(k->gates, e->gate, e->conn);
	struct frame_request f;

	if (peer == NULL || !frame_get_request(buf_str(&e->payload), &f))
		return false;
	j->served.wait.until = e->until;
	serve(&k->service, peer, &f, turn, e->work, &j->served);
	work_free(&e->work);
	if (j->served.wait.until != 0) {
		e->until = j->served.wait.until;
		waiters_add(k->waiters, e, j->served.wait.on);
		return false;
	}
	if (j->served.work != NULL) {
		e->work = j->served.work;
		j->served.work = NULL;
		turns_wait(k, e);
		return false;
	}
	buf_free(&e->payload);
	return true;
}

static void
run_alone(struct keeper *k)
{
	struct job j = take(k->batch);

	if (run_job(k, &j, TURN_ALONE))
		outbox_add(gates_outbox(k->gates), j.errand.gate, j.errand.conn, &j.served.reply);
	keeper_settle(k);
	clear_job(&j);
}

/* Answer everything that ran; text: instead of what each said, the batch failed. */
static void
answer(struct keeper *k, unsigned status, const char *text)
{
	struct batch *b = k->batch;

	if (k->service.authority != NULL)
		authority_settle(k->service.authority);
	for (size_t i = 0; i < b->ran; i++) {
		struct job *j = &b->running[i];
		struct frame_conn conn = { j->errand.conn };

		if (text != NULL) {
			buf_clear(&j->served.reply);
			serve_failure(&conn, status, text, &j->served.reply);
		} else if (j->served.outcome.len > 0) { /* empty: sealed meanwhile, and told at once */
			audit_append(k->service.audit, buf_str(&j->served.outcome));
		}
		outbox_add(gates_outbox(k->gates), j->errand.gate, j->errand.conn, &j->served.reply);
		clear_job(j);
	}
	b->ran = 0;
}

static void
run_waiting(struct keeper *k)
{
	struct batch *b = k->batch;
	bool open = vault_state(k->service.vault) == VAULT_OPEN;
	bool more = true;

	b->authority = false;
	if (open) {
		records_begin(vault_records(k->service.vault));
		b->authority = chores_run(k);
		more = !b->authority;
	}
	while (more && b->count > 0 && b->ran < BATCH_JOBS &&
	    b->queue[b->head].turn == TURN_BATCH) {
		struct job *j = &b->running[b->ran];

		*j = take(b);
		if (!run_job(k, j, TURN_BATCH)) {
			clear_job(j);
			continue;
		}
		b->ran++;
		b->authority = j->served.authority;
		more = !b->authority && !j->served.touched;
	}
	if (open)
		records_end(vault_records(k->service.vault));
}

static void
forget(struct keeper *k, const char *why, unsigned status, const char *text)
{
	audit_event(k->service.audit, "batch-failed", "%zu writes were not done: %s",
	    k->batch->ran, why);
	answer(k, status, text);
}

/* Who waits for a secret that the batch changed. */
static void
wake(void *arg, const uint8_t id[32])
{
	waiters_wake(arg, id);
}

static void
finish(struct keeper *k)
{
	struct records *r = vault_records(k->service.vault);
	struct error err = ERROR_INIT;
	bool done;

	if (compact_running(k)) {
		compact_end(k, k->batch->committer);
		return;
	}
	done = committer_end(k->batch->committer, &err) == 0;

	if (done && waiters_count(k->waiters) > 0)
		records_each_changed(r, RECORD_KV_META, wake, k->waiters);
	if (records_committed(r, done, &err) != 0 && done) {
		done = false;
		err.code = ERR_IO;
	}
	if (done) {
		if (k->batch->authority)
			keeper_authority_changed(k);
		keeper_revoked_changed(k);
		answer(k, 0, NULL);
	} else if (err.code == ERR_FULL) {
		log_error("writes are refused: %s", err.text);
		forget(k, err.text, 507, "the vault's storage is full: nothing was written");
	} else {
		forget(k, err.text, 500, "1 error occurred:\n\t* internal error\n\n");
		keeper_fail(k, err.text);
	}
}

/* The intents are in the file; sync them, then commit, both in the committing thread. */
static void
commit(struct keeper *k)
{
	struct records *r = vault_records(k->service.vault);
	struct error err = ERROR_INIT;
	uint8_t hash[32];
	uint64_t sequence;
	size_t count;
	const struct store_change *changes;

	if (audit_flush(k->service.audit, false, &err) != 0) {
		records_committed(r, false, NULL);
		log_error("writes are refused, audit cannot be written: %s", err.text);
		forget(k, err.text, 500, "1 error occurred:\n\t* internal error\n\n");
		return;
	}
	audit_position(k->service.audit, &sequence, hash);
	changes = records_changes(r, sequence, hash, &count);
	committer_begin(k->batch->committer, k->service.audit, vault_store(k->service.vault),
	    changes, count);
}

static bool
is_due(const struct keeper *k)
{
	return vault_state(k->service.vault) == VAULT_OPEN && !k->stopping &&
	    chores_due(k->chores, clock_boot());
}

void
batch_run(struct keeper *k)
{
	struct batch *b = k->batch;

	if (committer_busy(b->committer))
		return;
	while (b->count > 0 || is_due(k) || compact_wanted(k)) {
		if (compact_wanted(k)) {
			compact_begin(k, b->committer);
			return;
		}
		if (b->count > 0 && b->queue[b->head].turn == TURN_ALONE) {
			run_alone(k);
			continue;
		}
		run_waiting(k);
		if (vault_state(k->service.vault) == VAULT_OPEN &&
		    records_changed(vault_records(k->service.vault))) {
			commit(k);
			if (committer_busy(b->committer))
				return;
		} else {
			answer(k, 0, NULL);
		}
	}
}

void
batch_done(struct keeper *k)
{
	finish(k);
	batch_run(k);
}
