/*
 * Signals that one process takes for another.
 */
#ifndef CLIENT_SIGNALS_H
#define CLIENT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * Block what is passed on, and SIGCHLD, and return a descriptor (signalfd) where they come in.
 * before: what was blocked till now.  -1 with ERR_IO.
 */
int signals_open(sigset_t *before, struct error *err);

/* "HUP", "SIGHUP": one of those that are passed on.  0: none. */
int signals_find(const char *name);

/* Whether it asks a program to end. */
bool signals_end(int signal);

#endif
