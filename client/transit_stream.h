/*
 * `transit encrypt -stream` and `transit decrypt -stream`: any size, in constant memory.
 */
#ifndef CLIENT_TRANSIT_STREAM_H
#define CLIENT_TRANSIT_STREAM_H

#include "client/command.h"

/* Arguments KEY [FILE]; the flags are those of the commands. */
enum outcome transit_stream_encrypt(const struct flags *f, struct error *err);
enum outcome transit_stream_decrypt(const struct flags *f, struct error *err);

#endif
