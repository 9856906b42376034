/*
 * What holds for all keys of a transit mount.
 */
#ifndef API_TRANSIT_SETTINGS_H
#define API_TRANSIT_SETTINGS_H

#include "vaultd/keeper/call.h"

/* Whether encrypting with a key that is not there makes none.  -1 with err. */
int transit_settings_get(struct call *c, bool *disable_upsert, struct error *err);

#endif
