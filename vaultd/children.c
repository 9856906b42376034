/*
 * Main's side of the gates.  A gate may be broken from the network: that ends this gate's life
 * and nothing else.
 */
#include "vaultd/children.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/config.h"

#define SETTLED (60 * CLOCK_SECOND) /* a gate that lived so long has a clean record */
#define DELAY_LEAST (CLOCK_SECOND / 10)
#define DELAY_MOST (10 * CLOCK_SECOND)
#define NEVER INT64_MAX

struct gate {
	pid_t pid;       /* 0: not running */
	int64_t started; /* CLOCK_BOOTTIME, as all times here */
	int64_t due;     /* when to start it again */
	int64_t delay;   /* how long it waited last */
};

struct children {
	int *sockets;
	unsigned count;
	bool retired;
	struct gate gates[CONFIG_GATES];
};

struct children *
children_new(int *sockets, unsigned count)
{
	struct children *g = calloc(1, sizeof(*g));

	if (g == NULL)
		fatal("no memory for the gates");
	g->sockets = sockets;
	g->count = count;
	return g;
}

void
children_free(struct children **g)
{
	for (unsigned i = 0; i < (*g)->count; i++)
		if ((*g)->gates[i].pid > 0) {
			kill((*g)->gates[i].pid, SIGKILL);
			waitpid((*g)->gates[i].pid, NULL, 0);
		}
	free(*g);
	*g = NULL;
}

pid_t
children_start(struct child *c, int *end, struct error *err)
{
	int ends[2];
	pid_t pid;

	if (channel_pair(ends, err) != 0)
		return -1;
	c->descriptors[0] = ends[1];
	pid = process_start(c, err);
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	*end = ends[0];
	return pid;
}

static void
start(struct children *all, unsigned index, struct channel *keeper)
{
	struct gate *g = &all->gates[index];
	struct child child = {"gate", index, {-1, all->sockets[index], -1}};
	const struct frame_gate frame = {index};
	struct error err = ERROR_INIT;
	int end;

	g->started = clock_boot();
	g->due = NEVER;
	if ((g->pid = children_start(&child, &end, &err)) < 0) {
		log_error("%s", err.text);
		g->pid = 0;
		g->due = g->started + DELAY_MOST;
		return;
	}
	frame_put_gate(channel_begin(keeper, FRAME_GATE), &frame);
	channel_end_with(keeper, end);
	close(end);
	if (channel_flush(keeper, &err) != 0) /* it is gone: SIGCHLD tells why */
		log_debug("keeper: %s", err.text);
}

int64_t
children_tick(struct children *all, struct channel *keeper, int64_t now)
{
	int64_t next = NEVER;

	for (unsigned i = 0; i < all->count; i++) {
		/* A keeper that does not read gets no further descriptors. */
		if (all->gates[i].due <= now && !channel_wants_write(keeper))
			start(all, i, keeper);
		if (all->gates[i].due < next)
			next = all->gates[i].due;
	}
	return next;
}

void
children_log_death(const char *name, pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_error("%s (pid %d) was killed by signal %d (%s)", name, (int)pid,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_error(
		    "%s (pid %d) ended with status %d", name, (int)pid, WEXITSTATUS(status));
}

int64_t
children_delay(int64_t last, int64_t lived)
{
	if (last == 0 || lived >= SETTLED)
		return DELAY_LEAST;
	return 2 * last > DELAY_MOST ? DELAY_MOST : 2 * last;
}

void
children_bury(struct children *all, pid_t pid, int status)
{
	int64_t now = clock_boot();
	struct gate *g = all->gates;
	char name[32];

	while (g < all->gates + all->count && g->pid != pid)
		g++;
	if (g == all->gates + all->count)
		return;
	g->pid = 0;
	if (all->retired)
		return;
	snprintf(name, sizeof(name), "gate[%d]", (int)(g - all->gates));
	children_log_death(name, pid, status);
	g->delay = children_delay(g->delay, now - g->started);
	g->due = now + g->delay;
}

void
children_retire(struct children *all)
{
	all->retired = true;
	for (unsigned i = 0; i < all->count; i++) {
		all->gates[i].due = NEVER;
		close(all->sockets[i]);
		all->sockets[i] = -1;
	}
}
