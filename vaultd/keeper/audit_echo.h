/*
 * Sentences for the audit that repeat what a caller sent.
 */
#ifndef KEEPER_AUDIT_ECHO_H
#define KEEPER_AUDIT_ECHO_H

#include <stdbool.h>

#include "base/json.h"
#include "base/str.h"

/*
 * Whether text, JSON without its outer quotes, holds a string of the tree (NULL: none), an item
 * of one that is a list with commas, or the beginning of either: of at least four bytes, since
 * shorter ones are in every sentence.
 */
bool audit_echoes(struct str text, const struct json *tree);

#endif
