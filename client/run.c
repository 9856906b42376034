/*
 * vaultctl: running other programs.  What it hands over is the caller's business; arguments are
 * none but those that a person gave.
 */
#include "client/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST (INT_MAX / 1000) /* seconds that can be waited at once */

/* In the child.  Whoever died before the wish was made is missed otherwise. */
static void
end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(RUN_SIGNALLED + SIGTERM);
}

/* In the child. */
static void
become(const struct run *r)
{
	signal(SIGPIPE, SIG_DFL);
	if (r->mask != NULL)
		sigprocmask(SIG_SETMASK, r->mask, NULL);
	if (r->input >= 0 && dup2(r->input, STDIN_FILENO) < 0)
		_exit(RUN_NOT_ALLOWED);
	execvpe(r->argv[0], r->argv, r->env != NULL ? r->env : environ);
	fprintf(stderr, "vaultctl: %s: %s\n", r->argv[0], strerror(errno));
	_exit(errno == ENOENT ? RUN_NOT_FOUND : RUN_NOT_ALLOWED);
}

pid_t
run_start(const struct run *r, struct error *err)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		error_set_errno(err, "%s", r->argv[0]);
	if (pid > 0 && r->group)
		setpgid(pid, pid);
	if (pid != 0)
		return pid;
	if (r->group)
		setpgid(0, 0);
	end_with(parent);
	become(r);
	return -1;
}

int
run_code(int status)
{
	return WIFSIGNALED(status) ? RUN_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Wait so many seconds at most for its end, and do not reap it. */
static bool
ends_within(pid_t pid, int64_t seconds)
{
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int n;

	if (p.fd < 0)
		return false;
	do
		n = poll(&p, 1, (int)(seconds < LONGEST ? seconds : LONGEST) * 1000);
	while (n < 0 && errno == EINTR);
	close(p.fd);
	return n > 0;
}

int
run_within(char *const *argv, int64_t seconds, struct error *err)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC), status;
	const struct run r = {argv, NULL, nothing, NULL, true};
	pid_t pid = run_start(&r, err);
	bool late;

	close(nothing);
	if (pid < 0)
		return -1;
	late = !ends_within(pid, seconds);
	if (late)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (late)
		return error_set(err, ERR_IO, "%s took more than %lld s and was killed",
		    argv[0], (long long)seconds);
	if (status != 0)
		return error_set(
		    err, ERR_IO, "%s ended with status %d", argv[0], run_code(status));
	return 0;
}
