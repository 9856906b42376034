/*
 * The runner's process: opening, loop, ending.  It forks one process a run, which has the hooks'
 * user and lives as long as the run; itself it has from the starter the power to become that user
 * and to end what that user runs, and stands behind the starter's locked door.
 */
#include "vaultd/runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"
#include "vaultd/hook.h"
#include "vaultd/runner/run.h"

#define RUNS 8 /* at once */

struct job {
	uint32_t id;
	pid_t pid; /* 0: nobody is in this place */
	int pipe;  /* what comes out of it: the payload of a RAN frame */
	struct buf ran;
};

struct runner {
	struct channel *keeper;
	int directory;
	uid_t self; /* whose hooks count beside root's: in development, one's own */
	struct run_limits limits;
	struct job jobs[RUNS];
};

/* ---- opening ---- */

static int
open_runner(struct runner *r, struct error *err)
{
	struct buf bytes = BUF_INIT;
	struct frame_hooks f;
	int rc = -1;

	if (process_read_pipe(CHILD_SECOND, &bytes, err) == 0 &&
	    process_pass_capabilities(false, err) == 0) {
		if (!frame_get_hooks(buf_str(&bytes), &f))
			fatal("the starter said nothing of the hooks");
		r->self = f.development ? geteuid() : 0;
		r->limits = (struct run_limits){ f.uid, f.gid, f.memory, f.processes, f.output };
		rc = 0;
	}
	buf_free(&bytes);
	return rc;
}

/* ---- runs ---- */

static void
tell(struct runner *r, struct str ran)
{
	buf_put_str(channel_begin(r->keeper, FRAME_RAN), ran);
	channel_end(r->keeper);
}

static void
refuse(struct runner *r, uint32_t id, const char *why)
{
	struct frame_ran ran = { .id = id, .outcome = RAN_REFUSED, .output = { "", 0 },
		.complaint = str_of(why) };
	struct buf bytes = BUF_INIT;

	frame_put_ran(&bytes, &ran);
	tell(r, buf_str(&bytes));
	buf_free(&bytes);
}

/* In the new process. */
static void
live(int hook, const struct frame_run *f, const struct run_limits *limits, int to)
{
	struct buf out = BUF_INIT;
	size_t done = 0;
	ssize_t n;

	close(CHILD_CHANNEL);
	close(CHILD_FIRST);
	run_hook(hook, f, limits, &out);
	while (done < out.len && (n = write(to, out.data + done, out.len - done)) > 0)
		done += (size_t)n;
	buf_free(&out);
	_exit(0);
}

static int
begin(struct runner *r, struct job *j, const struct frame_run *f, struct error *err)
{
	int hook = hook_open(r->directory, f->hook, r->self, err), ends[2];

	if (hook < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		close(hook);
		return error_set_errno(err, "starting a hook");
	}
	if ((j->pid = fork()) == 0)
		live(hook, f, &r->limits, ends[1]);
	close(hook);
	close(ends[1]);
	if (j->pid < 0) {
		j->pid = 0;
		close(ends[0]);
		return error_set_errno(err, "starting a hook");
	}
	j->id = f->id;
	j->pipe = ends[0];
	return 0;
}

static void
finish(struct runner *r, struct job *j)
{
	struct frame_ran ran;
	int status;

	close(j->pipe);
	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (frame_get_ran(buf_str(&j->ran), &ran))
		tell(r, buf_str(&j->ran));
	else
		refuse(r, j->id, "the process that ran the hook has died");
	buf_free(&j->ran);
	memset(j, 0, sizeof(*j));
}

static void
hear(struct runner *r, struct job *j)
{
	ssize_t n = read(j->pipe, buf_reserve(&j->ran, 4096), 4096);

	if (n > 0)
		j->ran.len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		finish(r, j);
}

static int
from_keeper(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct runner *r = arg;
	struct error why = ERROR_INIT;
	struct frame_run f;
	struct job *j = r->jobs;

	(void)fd;
	if (type != FRAME_RUN || !frame_get_run(payload, &f))
		return error_set(err, ERR_INVALID, "a frame %s that cannot be read",
		    frame_rules[type].name);
	while (j < r->jobs + RUNS && j->pid != 0)
		j++;
	if (j == r->jobs + RUNS)
		refuse(r, f.id, "too many hooks run at once");
	else if (begin(r, j, &f, &why) != 0)
		refuse(r, f.id, why.text);
	return 0;
}

/* ---- the loop ---- */

static int
turn(struct runner *r, struct error *err)
{
	struct pollfd p[1 + RUNS] = { { CHILD_CHANNEL, POLLIN, 0 } };

	if (channel_wants_write(r->keeper))
		p[0].events |= POLLOUT;
	for (unsigned i = 0; i < RUNS; i++)
		p[1 + i] = (struct pollfd){ r->jobs[i].pid != 0 ? r->jobs[i].pipe : -1, POLLIN, 0 };
	if (poll(p, 1 + RUNS, -1) < 0 && errno != EINTR)
		return error_set_errno(err, "poll");
	for (unsigned i = 0; i < RUNS; i++)
		if (p[1 + i].revents != 0)
			hear(r, &r->jobs[i]);
	if ((p[0].revents & ~POLLOUT) != 0 &&
	    channel_read(r->keeper, from_keeper, r, err) != 0)
		return -1;
	return channel_flush(r->keeper, err);
}

int
runner_main(unsigned index)
{
	struct runner r = { .keeper = NULL, .directory = CHILD_FIRST };
	struct error err = ERROR_INIT;

	(void)index;
	r.keeper = channel_new(CHILD_CHANNEL, SIDE_RUNNER, SIDE_KEEPER);
	if (open_runner(&r, &err) == 0)
		while (turn(&r, &err) == 0)
			;
	/* The keeper has gone: so has whom to tell. */
	if (err.code != ERR_IO)
		log_error("%s", err.text);
	channel_free(&r.keeper);
	return err.code == ERR_IO ? 0 : 1;
}
