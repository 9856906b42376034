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

/*
 * The secret that an argument stands for: "-" is standard input, NULL asks.  Anything else is
 * refused, for others can read it.  Appended without white space at its ends.  0, or -1 with
 * ERR_IO, or ERR_INVALID also when there is nothing.
 */
int prompt_argument(
    const char *argument, const char *question, struct buf *out, struct error *err);

#endif
