/*
 * Keeper: its end of the runner's channel.
 */
#include "vaultd/keeper/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vaultd/ipc/channel.h"

#define RUNS 8 /* as many as the runner takes at once */
#define GONE "the runner died while the hook ran"

struct run {
	uint32_t id;     /* 0: nobody is in this place */
	bool ended;
	bool forgotten;
	struct buf ran;  /* payload of the RAN frame */
};

struct hooks {
	bool expected;
	struct channel *runner;
	uint32_t last;
	struct run runs[RUNS];
};

struct hooks *
hooks_new(bool expected)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (h == NULL)
		fatal("no memory for hooks");
	h->expected = expected;
	return h;
}

void
hooks_free(struct hooks **h)
{
	if (*h == NULL)
		return;
	channel_free(&(*h)->runner);
	for (unsigned i = 0; i < RUNS; i++)
		buf_free(&(*h)->runs[i].ran);
	free(*h);
	*h = NULL;
}

int
hooks_fd(const struct hooks *h)
{
	return h->runner == NULL ? -1 : channel_fd(h->runner);
}

bool
hooks_wants_write(const struct hooks *h)
{
	return h->runner != NULL && channel_wants_write(h->runner);
}

static struct run *
find(struct hooks *h, uint32_t id)
{
	for (unsigned i = 0; i < RUNS; i++)
		if (h->runs[i].id == id)
			return &h->runs[i];
	return NULL;
}

static void
clear(struct run *r)
{
	buf_free(&r->ran);
	memset(r, 0, sizeof(*r));
}

static int
from_runner(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct hooks *h = arg;
	struct frame_ran ran;
	struct run *r;

	(void)fd;
	if (type != FRAME_RAN || !frame_get_ran(payload, &ran) || ran.id == 0)
		return error_set(err, ERR_INVALID, "a malformed %s frame", frame_rules[type].name);
	r = find(h, ran.id);
	if (r != NULL && !r->ended) {
		buf_put_str(&r->ran, payload);
		r->ended = true;
		if (r->forgotten)
			clear(r);
	}
	return 0;
}

/* Nobody will answer any more. */
static void
lose(struct hooks *h)
{
	channel_free(&h->runner);
	for (unsigned i = 0; i < RUNS; i++) {
		struct frame_ran ran = { .id = h->runs[i].id, .outcome = RAN_REFUSED,
			.output = { "", 0 }, .complaint = str_of(GONE) };

		if (ran.id == 0 || h->runs[i].ended)
			continue;
		frame_put_ran(&h->runs[i].ran, &ran);
		h->runs[i].ended = true;
		if (h->runs[i].forgotten)
			clear(&h->runs[i]);
	}
}

void
hooks_attach(struct hooks *h, int fd)
{
	if (h->runner != NULL)
		lose(h);
	h->runner = channel_new(fd, SIDE_KEEPER, SIDE_RUNNER);
}

void
hooks_turn(struct hooks *h)
{
	struct error err = ERROR_INIT;

	if (h->runner != NULL && (channel_read(h->runner, from_runner, h, &err) != 0 ||
				     channel_flush(h->runner, &err) != 0)) {
		log_error("the runner of hooks has gone: %s", err.text);
		lose(h);
	}
}

int
hooks_run(struct hooks *h, struct str hook, uint32_t time_s, struct str document, uint32_t *id,
    struct error *err)
{
	struct run *r = find(h, 0);
	struct frame_run f = { .hook = hook, .time_s = time_s, .document = document };

	if (!h->expected)
		return error_set(err, ERR_UNSUPPORTED,
		    "there is no runner: name a directory in hooks.directory of the configuration "
		    "and restart vaultd");
	if (h->runner == NULL)
		return error_set(err, ERR_LIMIT, "the runner is being started");
	if (r == NULL)
		return error_set(err, ERR_LIMIT, "%d hooks run already", RUNS);
	if (++h->last == 0)
		h->last = 1;
	r->id = f.id = *id = h->last;
	frame_put_run(channel_begin(h->runner, FRAME_RUN), &f);
	channel_end(h->runner);
	return 0;
}

bool
hooks_take(struct hooks *h, uint32_t id, struct frame_ran *ran, struct buf *bytes)
{
	struct run *r = id == 0 ? NULL : find(h, id);

	if (r == NULL || !r->ended)
		return false;
	buf_put_str(bytes, buf_str(&r->ran));
	clear(r);
	if (!frame_get_ran(buf_str(bytes), ran))
		fatal("a RAN frame that was read cannot be read");
	return true;
}

void
hooks_forget(struct hooks *h, uint32_t id)
{
	struct run *r = id == 0 ? NULL : find(h, id);

	if (r == NULL)
		return;
	r->forgotten = true;
	if (r->ended)
		clear(r);
}
