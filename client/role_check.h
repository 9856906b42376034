/*
 * `role check`: roles that may take each other's callers.
 */
#ifndef CLIENT_ROLE_CHECK_H
#define CLIENT_ROLE_CHECK_H

#include "client/command.h"

/* Reads all roles; exit code 0: nothing to warn of; 2: there is. */
enum outcome role_check(const struct flags *f, struct error *err);

#endif
