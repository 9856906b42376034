/*
 * Names of policies: one canonical form on every entry, trimmed and lower case; and sets of
 * them.
 */
#ifndef API_NAMES_H
#define API_NAMES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "vaultd/keeper/claims.h"

/* The canonical form, in the arena; empty when that is full. */
struct str name_canonical(struct arena *a, struct str name);

/* Sorted, each once, in canonical form.  What does not fit is counted, and not kept. */
struct names {
	unsigned count, lost;
	struct str list[CLAIMS_POLICIES];
};

void names_add(struct arena *a, struct names *n, struct str name);
void names_remove(struct names *n, const char *name);
bool names_have(const struct names *n, struct str name);
/* Whether all of n are among others. */
bool names_within(const struct names *n, const struct names *others);
/* Whether one of the globs, "x" or "x*", is for name. */
bool names_match(const struct names *globs, struct str name);
/* The elements of a JSON array of strings (NULL: none). */
void names_add_json(struct arena *a, struct names *n, const struct json *array);

void names_put(struct json_writer *w, const char *member, const struct names *n);

#endif
