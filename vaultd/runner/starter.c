/*
 * Starter: the runner's lives, one after the other, each with a channel of its own to the keeper.
 */
#include "vaultd/runner/starter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/children.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"
#include "vaultd/ipc/sandbox.h"

/* Become the vault's user, with what the runner needs of root; it inherits the locked door. */
static int
enter(struct str settings, struct error *err)
{
	struct frame_hooks f;
	char *user;
	int rc = -1;

	if (!frame_get_hooks(settings, &f))
		return error_set(err, ERR_INTERNAL, "main said nothing of the hooks");
	if ((user = strndup(f.user.at, f.user.len)) == NULL)
		fatal("no memory for the hooks' settings");
	if (process_drop_root(user, err) == 0 && process_die_with_parent(err) == 0 &&
	    process_pass_capabilities(true, err) == 0 &&
	    sandbox_enter(SANDBOX_RUNNER, NULL, 0, err) == 0)
		rc = 0;
	free(user);
	return rc;
}

/* Start a runner and pass its channel on.  Its pid, or -1. */
static pid_t
start(struct channel *main, struct str settings, struct error *err)
{
	struct child child = {"runner", 0, {-1, CHILD_FIRST, -1}};
	pid_t pid;
	int end;

	if ((child.descriptors[2] = process_pipe(settings, err)) < 0)
		return -1;
	pid = children_start(&child, &end, err);
	close(child.descriptors[2]);
	if (pid < 0)
		return -1;
	channel_begin(main, FRAME_CHANNEL);
	channel_end_with(main, end);
	close(end);
	return channel_flush(main, err) == 0 ? pid : -1;
}

static void
sleep_ns(int64_t ns)
{
	struct timespec left = {ns / CLOCK_SECOND, ns % CLOCK_SECOND};

	while (clock_nanosleep(CLOCK_BOOTTIME, 0, &left, &left) == EINTR)
		;
}

int
starter_main(unsigned index)
{
	struct channel *main = channel_new(CHILD_CHANNEL, SIDE_STARTER, SIDE_MAIN);
	struct buf settings = BUF_INIT;
	struct error err = ERROR_INIT;
	int64_t delay = 0, started;
	int status;
	pid_t pid;

	(void)index;
	if (process_read_pipe(CHILD_SECOND, &settings, &err) == 0 && enter(buf_str(&settings), &err) == 0)
		for (;;) {
			started = clock_boot();
			if ((pid = start(main, buf_str(&settings), &err)) < 0)
				break;
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
			children_log_death("runner", pid, status);
			delay = children_delay(delay, clock_boot() - started);
			sleep_ns(delay);
		}
	log_error("hooks cannot be run until vaultd is restarted: %s", err.text);
	buf_free(&settings);
	channel_free(&main);
	return 1;
}
