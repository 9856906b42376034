/*
 * The lines of a request's head, for head.c: request line, header fields, and the empty line
 * that decides what follows.
 */
#ifndef GATE_LINE_H
#define GATE_LINE_H

#include "base/str.h"
#include "vaultd/gate/head.h"

/*
 * Take one line, which lies in h->text, without its LF.  Enters what it says into h, and moves
 * h->state: on, behind the request line and the empty line, or to HEAD_REFUSED.
 */
void line_take(struct head *h, struct str line);

#endif
