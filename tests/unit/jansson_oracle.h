/*
 * Another reader's opinion of a JSON text.  In a file of its own: its names are also ours.
 */
#ifndef TESTS_JANSSON_ORACLE_H
#define TESTS_JANSSON_ORACLE_H

#include <stdbool.h>

#include "base/str.h"

/* Jansson reads text, as strictly as it can; *too_big: refused for a number it has no type for.
 */
bool jansson_reads(struct str text, bool *too_big);

#endif
