/*
 * A secret from a person's hands: typed at the terminal, unseen.
 */
#ifndef CLIENT_PROMPT_H
#define CLIENT_PROMPT_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Ask at the terminal (/dev/tty, whatever standard input is) and append the line typed, without
 * its newline.  Echo is restored whatever happens.  0, or -1 with ERR_IO when there is no
 * terminal (naming what else to do), ERR_INVALID when the line is empty or was broken off.
 */
int prompt_secret(const char *question, struct buf *out, struct error *err);

#endif
