/*
 * The seal's state on the screen.
 */
#ifndef CLIENT_STATUS_H
#define CLIENT_STATUS_H

#include <stdbool.h>

#include "client/command.h"
#include "client/session.h"

/* Print an answer of sys/seal-status or sys/unseal. */
enum outcome status_show(const struct flags *f, const struct answer *a, struct error *err);

/* Sealed, or not initialised. */
bool status_is_sealed(const struct answer *a);

#endif
