/*
 * Whether two patterns have a text in common.
 */
#ifndef CLIENT_MEETING_H
#define CLIENT_MEETING_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * '*' in either is any run of bytes (policy/glob.h).  When some text fits both, append one of
 * them, a shortest in which '*' stands for nothing where it can.
 */
bool meeting_find(struct str a, struct str b, struct buf *text);

#endif
