/*
 * `operator rekey`: new shares, made against a quorum of the old ones.
 */
#ifndef CLIENT_REKEY_H
#define CLIENT_REKEY_H

#include "client/command.h"

extern const struct flag rekey_flags[];

enum outcome rekey(const struct flags *f, struct error *err);

#endif
