/*
 * What the table of commands says about itself: usage, help, manual, completion.
 */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include <stdio.h>

#include "client/command.h"

/* All commands whose name begins with the words of prefix ("" for all), one line each. */
void help_list(FILE *to, const char *prefix);

/* One command: usage, text, examples, flags. */
void help_command(FILE *to, const struct command *c);

/* All of it as a manual page, section 1, in roff (man(7)). */
void help_manual(FILE *to);

/* A completion script for bash, to be sourced. */
void help_completion(FILE *to);

#endif
