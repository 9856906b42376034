/*
 * Texts without the values that must not be in them.
 */
#ifndef API_MASK_H
#define API_MASK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#define MASK_VALUES 256

/* What is masked: texts and numbers, borrowed from the trees they were added from. */
struct mask {
	unsigned count;
	bool full; /* there were more: nothing can be shown */
	struct str values[MASK_VALUES];
};

/* Every text and number of a tree; NULL: none.  A text of several lines counts by lines too. */
void mask_add(struct mask *m, const struct json *tree);

/*
 * Append text, at most its first `most` bytes, with "[masked]" for every value; or, of a mask
 * that is full, only that it is.
 */
void mask_put(struct mask *m, struct str text, size_t most, struct buf *out);

#endif
