/*
 * vaultctl: exec: a program with secrets.  Trusted with their values until the program has
 * them; afterwards it passes on signals, and new versions as it was told to.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client/command.h"
#include "client/feed.h"
#include "client/follow.h"
#include "client/program.h"
#include "client/signals.h"

#define SECRETS_MOST 16

struct exec {
	const struct flags *flags;
	struct program program;
	unsigned count; /* of secrets */
	struct value_source sources[SECRETS_MOST];
	struct follow follows[SECRETS_MOST];
	struct feed feeds[SECRETS_MOST];
	sigset_t before; /* signals that were blocked before this began */
	int signals;     /* where they come in */
};

/* ---- the secrets ---- */

static void
keep_fields(struct buf *text, const struct json *fields)
{
	struct json_writer w = json_writer_to(text);

	buf_clear(text);
	json_put_value(&w, NULL, fields);
}

static enum outcome
fetch_all(struct exec *x, struct error *err)
{
	enum outcome outcome = DONE;

	for (unsigned i = 0; i < x->count && outcome == DONE; i++) {
		struct follow *f = &x->follows[i];

		outcome = follow_next(f, err);
		if (outcome == DONE)
			keep_fields(&x->sources[i].text, f->fields);
		else
			error_prefix(err, "%s: ", f->secret);
		if (x->program.change == CHANGE_IGNORE)
			follow_free(f);
	}
	return outcome;
}

static int
follow_all(struct exec *x, struct error *err)
{
	for (unsigned i = 0; i < x->count && x->program.change != CHANGE_IGNORE; i++)
		if (feed_start(&x->feeds[i], &x->follows[i], err) != 0)
			return -1;
	return 0;
}

/* ---- what happens while it runs ---- */

static void
forget_fields(struct exec *x)
{
	for (unsigned i = 0; i < x->count; i++)
		buf_free(&x->sources[i].text);
}

/* A program that does not begin anew has its values, and nobody else needs them. */
static int
start(struct exec *x, struct error *err)
{
	struct values v;
	int rc = values_join(&v, x->sources, x->count, err);

	if (rc == 0)
		rc = program_start(&x->program, &v, err);
	values_free(&v);
	if (x->program.change == CHANGE_IGNORE)
		forget_fields(x);
	return rc;
}

static int
renew(struct exec *x, struct error *err)
{
	struct values v;
	int rc = values_join(&v, x->sources, x->count, err);

	if (rc == 0)
		rc = program_renew(&x->program, &v, err);
	values_free(&v);
	return rc;
}

static void
take_feed(struct exec *x, unsigned i)
{
	struct error err = ERROR_INIT;
	int rc = feed_read(&x->feeds[i], &x->sources[i].text);

	if (rc < 0) {
		follow_log(&x->follows[i], "it is not followed any more");
		feed_stop(&x->feeds[i]);
	}
	if (rc <= 0)
		return;
	follow_log(&x->follows[i], "there is a new version");
	if (renew(x, &err) != 0)
		follow_log(&x->follows[i], "%s; the program is left as it is", err.text);
}

static void
take_signal(struct exec *x)
{
	struct signalfd_siginfo s;

	if (read(x->signals, &s, sizeof(s)) == (ssize_t)sizeof(s) && s.ssi_signo != SIGCHLD)
		program_pass(&x->program, (int)s.ssi_signo, s.ssi_code == SI_KERNEL);
}

/* Wait for something, and take it. */
static void
turn(struct exec *x)
{
	struct pollfd p[SECRETS_MOST + 1] = {{x->signals, POLLIN, 0}};
	unsigned i;

	for (i = 0; i < x->count; i++)
		p[i + 1] = (struct pollfd){x->feeds[i].fd, POLLIN, 0};
	if (poll(p, x->count + 1, program_poll_time(&x->program)) == 0)
		program_hurry(&x->program);
	if (p[0].revents != 0)
		take_signal(x);
	for (i = 0; i < x->count; i++)
		if (p[i + 1].revents != 0)
			take_feed(x, i);
}

/* ---- the command ---- */

static int
read_change(struct program *p, const struct flags *f, struct error *err)
{
	const char *text = flags_text(f, "on-change");

	p->patience = flags_seconds(f, "stop-within", 0) * CLOCK_SECOND;
	p->change = CHANGE_SIGNAL;
	if (strcmp(text, "ignore") == 0)
		p->change = CHANGE_IGNORE;
	else if (strcmp(text, "restart") == 0)
		p->change = CHANGE_RESTART;
	else if (strncmp(text, "signal:", strlen("signal:")) != 0 ||
		 (p->signal = signals_find(text + strlen("signal:"))) == 0)
		return error_set(err, ERR_INVALID,
		    "-on-change takes restart, signal:NAME (as signal:HUP) or ignore");
	if (p->change == CHANGE_SIGNAL && flags_text(f, "files") == NULL)
		return error_set(err, ERR_INVALID,
		    "-on-change=signal needs -files: a program's environment and what it has "
		    "read do not change while it runs");
	return 0;
}

static int
read_flags(struct exec *x, struct error *err)
{
	const char *secret;

	while ((secret = flags_item(x->flags, "secret", x->count)) != NULL) {
		if (x->count == SECRETS_MOST)
			return error_set(err, ERR_LIMIT, "more than %d secrets", SECRETS_MOST);
		x->sources[x->count].secret = secret;
		follow_init(&x->follows[x->count++], x->flags, "exec", secret);
	}
	if (x->count == 0)
		return error_set(err, ERR_INVALID, "say which secret: -secret=PATH");
	return read_change(&x->program, x->flags, err);
}

/* The arguments that are no flags, and nothing behind them: they were gathered in argv. */
static char *const *
program_words(const struct flags *f)
{
	f->arguments[f->count] = NULL;
	return f->arguments;
}

static enum outcome
run(struct exec *x, struct error *err)
{
	enum outcome outcome = fetch_all(x, err);
	int code = FAILED;

	if (outcome != DONE)
		return outcome;
	x->signals = signals_open(&x->before, err);
	x->program.run = (struct run){program_words(x->flags), NULL, -1, &x->before, false};
	if (x->signals < 0 || start(x, err) != 0 || follow_all(x, err) != 0)
		return FAILED;
	do
		turn(x);
	while (program_look(&x->program, &code, err) == 0);
	return err->code == ERR_NONE ? (enum outcome)code : FAILED;
}

static void
end(struct exec *x)
{
	for (unsigned i = 0; i < x->count; i++) {
		feed_stop(&x->feeds[i]);
		follow_free(&x->follows[i]);
	}
	forget_fields(x);
	program_free(&x->program);
}

static enum outcome
exec(const struct flags *f, struct error *err)
{
	struct exec *x = calloc(1, sizeof(*x));
	enum outcome outcome = FAILED;

	if (x == NULL)
		fatal("out of memory");
	x->flags = f;
	for (unsigned i = 0; i < SECRETS_MOST; i++)
		x->feeds[i] = (struct feed)FEED_INIT;
	x->program.handover.dir = (struct private_dir)PRIVATE_DIR_INIT;
	if (read_flags(x, err) == 0 && handover_open(&x->program.handover, f, err) == 0)
		outcome = run(x, err);
	end(x);
	free(x);
	return outcome;
}

static const struct flag exec_flags[] = {
    {"secret", FLAG_LIST, "PATH", NULL, NULL, "the secret; may be given several times"},
    HANDOVER_FLAGS,
    {"on-change", FLAG_TEXT, "WHAT", "ignore", NULL,
	"of a new version: restart, signal:NAME or ignore"},
    {"stop-within", FLAG_TIME, "DURATION", "30s", NULL,
	"to restart, kill it when it has not ended by then"},
    FOLLOW_FLAGS,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command exec_commands[] = {
    {"exec", "-- COMMAND ARGUMENT...", 1, ANY_COUNT, "Run a program with secrets",
	"  The program gets all fields of all secrets; a field that two of them have is "
	"refused.\n"
	"  Signals are passed on, and the exit code is the program's.  The directory of -files "
	"is\n"
	"  made, in /dev/shm or $XDG_RUNTIME_DIR, and removed at the end; as root it may be "
	"an\n"
	"  empty one that exists, which gets a tmpfs that nobody else sees.\n",
	"vaultctl exec -secret=secret/app/db -- ./app -port 8080\n"
	"vaultctl exec -secret=secret/app/db -prefix=DB_ -on-change=restart -- ./app\n"
	"vaultctl exec -secret=secret/app/tls -files=/dev/shm/app -on-change=signal:HUP -- "
	"./app\n",
	exec_flags, exec},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
