/*
 * The fields of several secrets together, as one program gets them.
 */
#ifndef CLIENT_VALUES_H
#define CLIENT_VALUES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct value_source {
	const char *secret; /* as a person names it */
	struct buf text;    /* its fields, a JSON object */
};

struct values {
	struct buf text; /* one JSON object, which fields borrow from */
	struct arena *arena;
	const struct json *fields;
};

/*
 * All fields of all sources.  0, or -1 with ERR_CONFLICT naming a field that two secrets have.
 * values_free either way.
 */
int values_join(
    struct values *v, const struct value_source *sources, unsigned count, struct error *err);
void values_free(struct values *v);

#endif
