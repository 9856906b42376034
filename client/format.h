/*
 * The usual layout of a policy: what people compare.
 */
#ifndef CLIENT_FORMAT_H
#define CLIENT_FORMAT_H

#include "base/buf.h"
#include "base/str.h"

/*
 * Append text, HCL or JSON that parses, laid out anew: each line indented by two spaces for
 * each bracket that is open, no blanks at its end, one on each side of an '=', at most one
 * empty line together, none at either end.  Comments, heredocs and order stay.  Doing it twice
 * changes nothing more.
 */
void format_policy(struct str text, struct buf *out);

#endif
