/*
 * `transit keys read` and `transit usage`: a named key, version by version.
 */
#ifndef CLIENT_TRANSIT_SHOW_H
#define CLIENT_TRANSIT_SHOW_H

#include "client/command.h"

enum outcome transit_show_key(const struct flags *f, struct error *err);
enum outcome transit_show_usage(const struct flags *f, struct error *err);

#endif
