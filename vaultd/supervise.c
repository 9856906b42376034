/*
 * Main after start: a small supervisor without root.  It sees no caller and no vault key; the
 * keeper dying ends it, a gate dying does not.
 * Security: main starts every process and hands each its channel, so a gate can speak to the
 * keeper alone and the keeper knows which gate speaks.
 */
#include "vaultd/supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/children.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"

#define LAST_WORDS (5 * CLOCK_SECOND) /* from the end of its channel to that of the keeper */
#define STOP_MOST (30 * CLOCK_SECOND)
#define NEVER INT64_MAX

enum state { STARTING, READY, STOPPING, ENDED };

struct supervisor {
	struct supervision *with;
	enum state state;
	int status;  /* main's exit status */
	int signals; /* signalfd */
	pid_t keeper;
	struct channel *channel;
	struct channel *starter;        /* NULL: there are no hooks, or it has gone */
	bool deaf;                      /* the keeper has closed its channel */
	int64_t stop_deadline;          /* when the keeper is killed; NEVER */
	int64_t watchdog, watchdog_due; /* every, next; NEVER */
	struct children *gates;
};

static void
notify(const char *state, struct str text)
{
	struct buf out = BUF_INIT;

	buf_printf(&out, "%s\nSTATUS=%.*s", state, STR(text));
	buf_put_u8(&out, '\0');
	process_notify((const char *)out.data);
	buf_free(&out);
}

static void
flush(struct supervisor *s)
{
	struct error err = ERROR_INIT;

	/* When the keeper is gone SIGCHLD tells why. */
	if (channel_flush(s->channel, &err) != 0)
		log_debug("keeper: %s", err.text);
}

static int
start_keeper(struct supervisor *s, struct error *err)
{
	struct supervision *with = s->with;
	struct child child = {
	    "keeper", 0, {-1, with->directories.storage, with->directories.audit}};
	int end;

	if ((s->keeper = children_start(&child, &end, err)) < 0)
		return -1;
	s->channel = channel_new(end, SIDE_MAIN, SIDE_KEEPER);
	files_put(with->files, with->config_path, with->development, with->gates,
	    channel_begin(s->channel, FRAME_START));
	channel_end(s->channel);
	flush(s);
	return 0;
}

/* Without its keeper nothing can be served. */
static void
bury_keeper(struct supervisor *s, int status)
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (s->state != STOPPING || !clean)
		children_log_death("keeper", s->keeper, status);
	if (s->state != STOPPING)
		s->status = WIFEXITED(status) && !clean ? WEXITSTATUS(status) : 1;
	s->keeper = 0;
	s->state = ENDED;
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->keeper)
			bury_keeper(s, status);
		else
			children_bury(s->gates, pid, status);
	}
}

static void
stop(struct supervisor *s)
{
	if (s->state == STOPPING || s->state == ENDED)
		return;
	log_info("stopping");
	process_notify("STOPPING=1");
	s->state = STOPPING;
	s->stop_deadline = clock_boot() + STOP_MOST;
	children_retire(s->gates);
	channel_begin(s->channel, FRAME_STOP);
	channel_end(s->channel);
	flush(s);
}

/* What is bound or opened at start stays: to say so beats half a reload. */
static int
check_unchanged(const struct config *old, const struct config *new, struct error *err)
{
	const struct {
		const char *name, *was, *is;
	} fixed[] = {
	    {"hublet", old->hublet, new->hublet},
	    {"trust_domain", old->trust_domain, new->trust_domain},
	    {"listener.address", old->listener.address, new->listener.address},
	    {"storage.path", old->storage.path, new->storage.path},
	    {"audit.path", old->audit.path, new->audit.path},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(fixed[i].was, fixed[i].is) != 0)
			return error_set(err, ERR_UNSUPPORTED,
			    "%s cannot change from \"%s\" to \"%s\" while vaultd runs",
			    fixed[i].name, fixed[i].was, fixed[i].is);
	return 0;
}

static void
reload(struct supervisor *s)
{
	struct supervision *with = s->with;
	struct files files;
	struct error err = ERROR_INIT;
	struct timespec now;
	char state[64];

	if (s->state != READY)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now); /* sd_notify(3) asks for this clock */
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	process_notify(state);
	if (files_read(with->config_path, &files, &err) != 0 ||
	    check_unchanged(with->config, files.config, &err) != 0) {
		log_error("reload refused, all stays as it was: %s", err.text);
		notify("READY=1", str_of("reload refused: see the log"));
	} else {
		files_put(&files, with->config_path, with->development, with->gates,
		    channel_begin(s->channel, FRAME_RELOAD));
		channel_end(s->channel);
		flush(s);
	}
	files_clear(&files);
}

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(s);
		else if (info.ssi_signo == SIGHUP)
			reload(s);
		else
			stop(s);
	}
}

/* The keeper says how things are. */
static int
take_frame(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct supervisor *s = arg;
	struct frame_status status;
	struct frame_text failed;

	(void)fd; /* no frame to main carries one */
	if (type == FRAME_STATUS && frame_get_status(payload, &status)) {
		if (status.ready && s->state == STARTING)
			s->state = READY;
		log_info("%.*s", STR(status.text));
		if (s->state == READY)
			notify("READY=1", status.text);
		return 0;
	}
	if (type == FRAME_FAILED && frame_get_text(payload, &failed)) {
		log_error("reload refused, all stays as it was: %.*s", STR(failed.text));
		notify("READY=1", str_of("reload refused: see the log"));
		return 0;
	}
	return error_set(
	    err, ERR_INVALID, "a frame %s that cannot be read", frame_rules[type].name);
}

static void
hear_keeper(struct supervisor *s)
{
	struct error err = ERROR_INIT;

	if (channel_read(s->channel, take_frame, s, &err) == 0)
		return;
	s->deaf = true;
	if (err.code == ERR_IO) { /* it is about to end; how, SIGCHLD tells */
		s->stop_deadline = clock_boot() + LAST_WORDS;
		return;
	}
	log_error("keeper: %s", err.text);
	kill(s->keeper, SIGKILL);
}

/* A runner has been started: its channel is for the keeper. */
static int
pass_on(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct supervisor *s = arg;

	(void)type, (void)payload, (void)err; /* there is no other */
	channel_begin(s->channel, FRAME_RUNNER);
	channel_end_with(s->channel, fd);
	close(fd);
	flush(s);
	return 0;
}

static void
hear_starter(struct supervisor *s)
{
	struct error err = ERROR_INIT;

	if (channel_read(s->starter, pass_on, s, &err) == 0)
		return;
	log_error("the starter of the runner has gone: no hook can run until vaultd is restarted");
	channel_free(&s->starter);
}

/* What is due by now.  Returns when the next thing will be, in boot time. */
static int64_t
tick(struct supervisor *s)
{
	int64_t now = clock_boot(), next = children_tick(s->gates, s->channel, now);

	if (s->watchdog_due <= now) {
		process_notify("WATCHDOG=1");
		s->watchdog_due = now + s->watchdog;
	}
	if (s->stop_deadline <= now) {
		log_warn("the keeper does not end: it is killed");
		kill(s->keeper, SIGKILL);
		s->stop_deadline = NEVER;
	}
	if (s->watchdog_due < next)
		next = s->watchdog_due;
	return s->stop_deadline < next ? s->stop_deadline : next;
}

static void
wait_for_events(struct supervisor *s, int64_t next)
{
	bool full = channel_wants_write(s->channel);
	struct pollfd fds[] = {{s->signals, POLLIN, 0},
	    {s->deaf ? -1 : channel_fd(s->channel), full ? POLLIN | POLLOUT : POLLIN, 0},
	    /* A keeper that does not read gets no further descriptors. */
	    {s->starter == NULL || s->deaf || full ? -1 : channel_fd(s->starter), POLLIN, 0}};
	int64_t left = next == NEVER ? -1 : next - clock_boot();

	if (next != NEVER) /* rounded up; what is overdue waits for the channel */
		left = left < 0 ? 100 : left / (CLOCK_SECOND / 1000) + 1;
	if (poll(fds, 3, left > INT32_MAX ? INT32_MAX : (int)left) < 0)
		return;
	if (fds[0].revents != 0)
		take_signals(s);
	if (s->state != ENDED && (fds[1].revents & POLLOUT) != 0)
		flush(s);
	if (s->state != ENDED && (fds[1].revents & ~POLLOUT) != 0)
		hear_keeper(s);
	if (s->state != ENDED && fds[2].revents != 0)
		hear_starter(s);
}

static void
open_signals(struct supervisor *s)
{
	static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&set, handled[i]);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		fatal("signalfd: %s", strerror(errno));
}

int
supervise(struct supervision *with)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	struct error err = ERROR_INIT;
	int status = 1;

	if (s == NULL)
		fatal("no memory for the supervisor");
	s->with = with;
	s->gates = children_new(with->sockets, with->gates);
	s->stop_deadline = s->watchdog_due = NEVER;
	if ((s->watchdog = process_watchdog() * 1000) > 0)
		s->watchdog_due = 0;
	if (with->starter >= 0)
		s->starter = channel_new(with->starter, SIDE_MAIN, SIDE_STARTER);
	open_signals(s);
	if (start_keeper(s, &err) != 0) {
		log_error("%s", err.text);
		goto out;
	}
	files_clear(with->files);
	while (s->state != ENDED)
		wait_for_events(s, tick(s));
	status = s->status;
out:
	children_free(&s->gates);
	channel_free(&s->channel);
	channel_free(&s->starter);
	close(s->signals);
	free(s);
	return status;
}
