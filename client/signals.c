/*
 * vaultctl: signals passed on.
 */
#include "client/signals.h"

#include <string.h>
#include <sys/signalfd.h>

static const struct {
	int number;
	const char *name;
	bool ends;
} passed[] = {
    {SIGHUP, "HUP", false},
    {SIGINT, "INT", true},
    {SIGQUIT, "QUIT", true},
    {SIGTERM, "TERM", true},
    {SIGUSR1, "USR1", false},
    {SIGUSR2, "USR2", false},
    {SIGALRM, "ALRM", false},
    {SIGCONT, "CONT", false},
    {SIGWINCH, "WINCH", false},
};
#define PASSED (sizeof(passed) / sizeof(passed[0]))

int
signals_open(sigset_t *before, struct error *err)
{
	sigset_t taken;
	int fd;

	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	for (size_t i = 0; i < PASSED; i++)
		sigaddset(&taken, passed[i].number);
	sigprocmask(SIG_BLOCK, &taken, before);
	fd = signalfd(-1, &taken, SFD_CLOEXEC);
	return fd >= 0 ? fd : error_set_errno(err, "signals");
}

int
signals_find(const char *name)
{
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < PASSED; i++)
		if (strcmp(name, passed[i].name) == 0)
			return passed[i].number;
	return 0;
}

bool
signals_end(int signal)
{
	for (size_t i = 0; i < PASSED; i++)
		if (passed[i].number == signal)
			return passed[i].ends;
	return false;
}
