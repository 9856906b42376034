/*
 * Words of a shell.
 */
#ifndef CLIENT_QUOTE_H
#define CLIENT_QUOTE_H

#include "base/buf.h"
#include "base/str.h"

/* Append text in single quotes: one word of any POSIX shell, whatever bytes but NUL it holds.
 */
void quote_put(struct buf *out, struct str text);

#endif
