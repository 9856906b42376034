/*
 * The hooks as main sees them: their starter is started once, before main locks its own door, if
 * the configuration names a directory of hooks.
 */
#ifndef VAULTD_HOOKS_H
#define VAULTD_HOOKS_H

#include <stdbool.h>

#include "base/error.h"
#include "vaultd/config.h"

/* Whether the hooks' directory and user are fit to be used; so if there are none. */
int hooks_check(const struct config *c, bool development, struct error *err);

/*
 * Start the starter.  *end is main's end of its channel; -1 when there are no hooks.
 * 0, or -1 with what is wrong with the directory or the user, and the mend.
 */
int hooks_start(const struct config *c, bool development, int *end, struct error *err);

#endif
