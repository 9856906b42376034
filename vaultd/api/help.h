/*
 * HELP and ?help=1: out of the route tables.
 */
#ifndef API_HELP_H
#define API_HELP_H

#include "vaultd/keeper/call.h"

/* Answer with the rows for c->rest: {"help","see_also","openapi"}, without an envelope. */
int help_answer(struct call *c);

#endif
