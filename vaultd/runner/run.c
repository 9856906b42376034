/*
 * Runner: the life of one hook.  The process that watches it is its reaper too (subreaper), so
 * that whatever the hook forked ends with it.
 */
#include "vaultd/runner/run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/ipc/process.h"

#define CHUNK 4096
#define FILES 64                           /* descriptors of a hook */
#define FILE_BYTES (16u * 1024 * 1024)     /* of a file that it writes */
#define REAP_MOST (5 * CLOCK_SECOND)       /* to end what it left behind */
#define HOOK_FD 3                          /* in the hook, for the kernel to read a script from */

/* One of the three streams; fd: our end, -1 when it is done. */
struct stream {
	int fd;
	struct buf text; /* what was said; of standard input: what is left to say */
};

struct run {
	pid_t pid;
	int process; /* pidfd of the hook */
	struct stream in, out, err;
	bool flooded;
	int status; /* as wait(2) gave it */
};

/* ---- becoming the hook ---- */

static void
limit(int what, rlim_t most)
{
	const struct rlimit l = { most, most };

	if (setrlimit((__rlimit_resource_t)what, &l) != 0)
		_exit(126);
}

static void
become_user(const struct run_limits *l)
{
	struct error err = ERROR_INIT;

	if (l->uid != geteuid() &&
	    (setgroups(0, NULL) != 0 || setresgid(l->gid, l->gid, l->gid) != 0 ||
		setresuid(l->uid, l->uid, l->uid) != 0))
		fatal("cannot become the hooks' user: %s", strerror(errno));
	if (process_drop_capabilities(&err) != 0 || process_die_with_parent(&err) != 0)
		fatal("%s", err.text);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		fatal("cannot watch over a hook: %s", strerror(errno));
}

/* In the process that is to be the hook. */
static void
execute(int hook, const int ends[3], const struct frame_run *f, const struct run_limits *l)
{
	static char *const env[] = { (char *)"PATH=/usr/local/bin:/usr/bin:/bin",
		(char *)"LANG=C.UTF-8", (char *)"HOME=/nonexistent", NULL };
	char *const argv[] = { (char *)"hook", NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || chdir("/") != 0)
		_exit(126);
	if ((hook = fcntl(hook, F_DUPFD, 16)) < 0 || dup2(ends[0], 0) < 0 || dup2(ends[1], 1) < 0 ||
	    dup2(ends[2], 2) < 0 || dup2(hook, HOOK_FD) < 0 ||
	    close_range(HOOK_FD + 1, ~0U, 0) != 0)
		_exit(126);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, f->time_s);
	limit(RLIMIT_AS, l->memory);
	limit(RLIMIT_NPROC, l->processes);
	limit(RLIMIT_FSIZE, FILE_BYTES);
	limit(RLIMIT_NOFILE, FILES);
	syscall(SYS_execveat, HOOK_FD, "", argv, env, AT_EMPTY_PATH);
	_exit(127);
}

/* Three pipes: theirs[i] for the hook, ours[i] for us, not blocking. */
static int
open_pipes(int ours[3], int theirs[3])
{
	for (int i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return -1;
		ours[i] = ends[i == 0];
		theirs[i] = ends[i != 0];
		if (fcntl(ours[i], F_SETFL, O_NONBLOCK) != 0)
			return -1;
	}
	return 0;
}

static int
start(struct run *r, int hook, const struct frame_run *f, const struct run_limits *l)
{
	int ours[3], theirs[3];

	if (open_pipes(ours, theirs) != 0)
		return -1;
	if ((r->pid = fork()) == 0)
		execute(hook, theirs, f, l);
	for (int i = 0; i < 3; i++)
		close(theirs[i]);
	if (r->pid < 0 || (r->process = (int)syscall(SYS_pidfd_open, r->pid, 0)) < 0)
		return -1;
	r->in.fd = ours[0];
	r->out.fd = ours[1];
	r->err.fd = ours[2];
	buf_put_str(&r->in.text, f->document);
	return 0;
}

/* ---- talking to it ---- */

static void
end_stream(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void
say(struct stream *in)
{
	ssize_t n = in->text.len == 0 ? 0 : write(in->fd, in->text.data, in->text.len);

	if (n > 0)
		buf_drop(&in->text, (size_t)n);
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || in->text.len == 0)
		end_stream(in);
}

/* False: it has said more than it may. */
static bool
hear(struct stream *s, size_t most)
{
	uint8_t *to = buf_reserve(&s->text, CHUNK);
	ssize_t n = read(s->fd, to, CHUNK);

	if (n > 0)
		s->text.len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end_stream(s);
	return s->text.len <= most;
}

static int
wait_for(struct run *r, int64_t deadline)
{
	struct pollfd p[4] = { { r->process, POLLIN, 0 }, { r->in.fd, POLLOUT, 0 },
		{ r->out.fd, POLLIN, 0 }, { r->err.fd, POLLIN, 0 } };
	int64_t left = deadline - clock_boot();

	if (left <= 0 || (poll(p, 4, (int)(left / (CLOCK_SECOND / 1000)) + 1) < 0 && errno != EINTR))
		return -1;
	return p[0].revents != 0;
}

/* Until it has ended (true), or may go on no longer. */
static bool
attend(struct run *r, int64_t deadline, size_t most)
{
	int ended = 0;

	while (ended == 0) {
		ended = wait_for(r, deadline);
		if (r->in.fd >= 0)
			say(&r->in);
		/* Even when it has ended: what it said last is still in the pipes. */
		for (struct stream *s = &r->out; s != NULL; s = s == &r->out ? &r->err : NULL)
			while (s->fd >= 0) {
				size_t before = s->text.len;

				if (!hear(s, most))
					return !(r->flooded = true);
				if (s->text.len == before)
					break;
			}
	}
	return ended > 0;
}

/* ---- ending it ---- */

/* Everyone who is our child by now: the hook, and those it left to us. */
static void
kill_children(void)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	int pid;

	while (list != NULL && fscanf(list, "%d", &pid) == 1)
		kill((pid_t)pid, SIGKILL);
	if (list != NULL)
		fclose(list);
}

static void
reap(struct run *r)
{
	int64_t deadline = clock_boot() + REAP_MOST;
	const struct timespec pause = { 0, 1000000 };
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0 && clock_boot() < deadline) {
		if (pid == r->pid)
			r->status = status;
		if (pid > 0)
			continue;
		kill_children();
		nanosleep(&pause, NULL);
	}
}

static struct frame_ran
judge(const struct run *r, const struct frame_run *f, bool ended)
{
	struct frame_ran ran = { .id = f->id, .output = buf_str(&r->out.text),
		.complaint = buf_str(&r->err.text) };

	if (r->flooded)
		ran.outcome = RAN_FLOODED;
	else if (!ended)
		ran.outcome = RAN_TOO_LONG;
	else if (WIFSIGNALED(r->status))
		ran = (struct frame_ran){ f->id, RAN_KILLED, (uint32_t)WTERMSIG(r->status),
			ran.output, ran.complaint };
	else
		ran = (struct frame_ran){ f->id, RAN_EXITED, (uint32_t)WEXITSTATUS(r->status),
			ran.output, ran.complaint };
	return ran;
}

void
run_hook(int hook, const struct frame_run *f, const struct run_limits *limits, struct buf *out)
{
	struct run r = { .process = -1, .in = { -1, BUF_INIT }, .out = { -1, BUF_INIT },
		.err = { -1, BUF_INIT } };
	struct frame_ran ran;
	bool ended;

	become_user(limits);
	if (start(&r, hook, f, limits) != 0)
		fatal("cannot start a hook: %s", strerror(errno));
	ended = attend(&r, clock_boot() + (int64_t)f->time_s * CLOCK_SECOND, limits->output);
	reap(&r);
	ran = judge(&r, f, ended);
	frame_put_ran(out, &ran);
	buf_free(&r.in.text);
	buf_free(&r.out.text);
	buf_free(&r.err.text);
}
