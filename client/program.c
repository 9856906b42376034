/*
 * vaultctl: a program that is looked after.  Trusted with the values that it has.
 */
#include "client/program.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "client/signals.h"

static void
take(struct program *p, struct values *v)
{
	values_free(&p->values);
	p->values = *v;
	*v = (struct values){BUF_INIT, NULL, NULL};
}

static int
begin(struct program *p, struct error *err)
{
	p->restart = false;
	p->pid = handover_start(&p->handover, &p->values, &p->run, err);
	return p->pid > 0 ? 0 : -1;
}

int
program_start(struct program *p, struct values *v, struct error *err)
{
	int rc;

	take(p, v);
	rc = begin(p, err);
	if (p->change == CHANGE_IGNORE)
		values_free(&p->values);
	return rc;
}

void
program_free(struct program *p)
{
	values_free(&p->values);
	handover_close(&p->handover);
}

static void
stop_to_restart(struct program *p)
{
	if (!p->restart)
		p->deadline = clock_boot() + p->patience;
	p->restart = true;
	kill(p->pid, SIGTERM);
}

int
program_renew(struct program *p, struct values *v, struct error *err)
{
	if (handover_check(&p->handover, v, err) != 0)
		return -1;
	if (p->change == CHANGE_SIGNAL && handover_renew(&p->handover, v, err) != 0)
		return -1;
	take(p, v);
	if (p->change == CHANGE_SIGNAL)
		kill(p->pid, p->signal);
	else
		stop_to_restart(p);
	return 0;
}

/* What the terminal sends reaches all of its group, the program too. */
void
program_pass(struct program *p, int signal, bool by_terminal)
{
	if (signals_end(signal))
		p->restart = false;
	if (!by_terminal)
		kill(p->pid, signal);
}

int
program_poll_time(const struct program *p)
{
	int64_t left;

	if (!p->restart)
		return -1;
	left = (p->deadline - clock_boot()) / (CLOCK_SECOND / 1000) + 1;
	return left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

void
program_hurry(struct program *p)
{
	if (p->restart && clock_boot() >= p->deadline)
		kill(p->pid, SIGKILL);
}

int
program_look(struct program *p, int *code, struct error *err)
{
	int status;

	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		return 0;
	*code = run_code(status);
	return p->restart ? begin(p, err) : 1;
}
